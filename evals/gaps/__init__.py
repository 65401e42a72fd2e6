"""What the knowledge lacks, contradicts or no longer needs, found in what happened; an editor decides."""
