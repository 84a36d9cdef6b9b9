"""The ways out: what turns users into requests, and answers into what became of each."""
