"""The HTTP surface: one blueprint module per noun, thin handlers over the services."""
