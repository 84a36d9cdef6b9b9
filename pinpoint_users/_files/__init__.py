"""What the command line reads and shows: messages and users in files, checks before a send, previews."""
