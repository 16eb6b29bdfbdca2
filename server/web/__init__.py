"""What all doors that speak HTML share: rendering, languages, response headers, error pages, stylesheets."""
