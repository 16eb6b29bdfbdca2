"""Looking at a call as others will see it, and letting it go: copies cannot be called back."""
