"""An example of what another distribution may add to troth."""
