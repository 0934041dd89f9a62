"""Where people walk in: reads arguments, calls one step, draws what came back."""
