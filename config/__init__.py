"""What people decide: process settings, rulebooks, calendars. Imports nothing of ours."""
