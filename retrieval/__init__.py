"""All the AI: text in, plain dataclasses out, no database."""
