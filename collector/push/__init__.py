"""The endpoint that iclock terminals push to: who may, what is taken in, what is answered and when."""
