"""The resource types that stacks can have: one provider each."""
