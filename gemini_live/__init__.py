"""The synchronous Python client for the Gemini Live API."""
