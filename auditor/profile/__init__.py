"""What exports hold, before anybody audits them: the lines of `auditor check`."""
