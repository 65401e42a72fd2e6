"""What anybody may read: published, public articles in their time. The help centre stands on this and nothing else."""
