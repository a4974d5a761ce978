"""Signing in by OpenID Connect: the authorization code flow with PKCE, against the one provider that is set."""
