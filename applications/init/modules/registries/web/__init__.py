"""HTTP, without a framework: requests in, replies out."""
