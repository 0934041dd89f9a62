"""What analyze is made of: planning, building side by side, publishing; and going back, looking and tidying."""
