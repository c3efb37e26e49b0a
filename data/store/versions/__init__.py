"""What the versions of policies and calendars said, as recorded."""
