//! The scopes that each grant requests.

/// The scopes that each grant requests. `{client_id}` in a scope is replaced by
/// the application's client id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scopes {
    /// The client credentials grant.
    pub client_credentials: Vec<String>,
    /// The authorization request, step 1 of a sign-in.
    pub authorization: Vec<String>,
    /// The token request of a sign-in, step 2; if empty, no scope is sent. The
    /// device flow requests these scopes, or those of step 1 if these are empty.
    pub sign_in: Vec<String>,
    /// A refresh; if empty, no scope is sent, and `None` requests the scopes that
    /// were granted at the sign-in. Entra requires the same scopes or fewer.
    pub refresh: Option<Vec<String>>,
}

impl Scopes {
    /// Uses the same scopes for every grant. `offline_access` is added to those of
    /// a sign-in: without it, Entra returns no refresh token.
    pub fn uniform(scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        let mut offline = scopes.clone();
        if !offline.iter().any(|scope| scope == OFFLINE_ACCESS) {
            offline.push(OFFLINE_ACCESS.to_owned());
        }
        Self {
            client_credentials: scopes,
            authorization: offline.clone(),
            sign_in: offline,
            refresh: None,
        }
    }

    /// Adds `offline_access` to the scopes of a sign-in, or removes it from all scopes.
    /// Entra returns a refresh token only if it is requested. Some other servers reject
    /// it as an unknown scope, and return a refresh token without it.
    ///
    /// ```
    /// use perspio_auth::Scopes;
    ///
    /// let scopes = Scopes::uniform(["read"]).with_offline_access(false);
    /// assert_eq!(scopes.sign_in, ["read"]);
    /// ```
    pub fn with_offline_access(mut self, requested: bool) -> Self {
        let of_a_sign_in = [&mut self.authorization, &mut self.sign_in];
        if requested {
            for scopes in of_a_sign_in {
                // An empty list sends no scope.
                if !scopes.is_empty() && !scopes.iter().any(|scope| scope == OFFLINE_ACCESS) {
                    scopes.push(OFFLINE_ACCESS.to_owned());
                }
            }
        } else {
            for scopes in of_a_sign_in.into_iter().chain(&mut self.refresh) {
                scopes.retain(|scope| scope != OFFLINE_ACCESS);
            }
        }
        self
    }

    /// Returns `other` scopes for the same requests: if only the authorization request of a
    /// sign-in has scopes, the token request of the sign-in has none, and if a refresh has none,
    /// it has none.
    ///
    /// ```
    /// use perspio_auth::Scopes;
    ///
    /// let mut scopes = Scopes::uniform(["read"]);
    /// scopes.sign_in = Vec::new();
    /// let replaced = scopes.replaced_by(Scopes::uniform(["write"]));
    /// assert_eq!(replaced.authorization, ["write", "offline_access"]);
    /// assert!(replaced.sign_in.is_empty());
    /// ```
    #[must_use]
    pub fn replaced_by(&self, mut other: Self) -> Self {
        if self.sign_in.is_empty() && !self.authorization.is_empty() {
            other.sign_in = Vec::new();
        }
        if self.refresh.as_ref().is_some_and(Vec::is_empty) {
            other.refresh = Some(Vec::new());
        }
        other
    }

    /// Returns the scopes of a user's sign-in, of the first request that has any.
    pub(crate) fn of_a_user(&self) -> &[String] {
        if self.sign_in.is_empty() {
            &self.authorization
        } else {
            &self.sign_in
        }
    }
}

/// The scope that requests a refresh token.
const OFFLINE_ACCESS: &str = "offline_access";

/// Returns whether identity servers grant a scope without listing it in the response.
pub(crate) fn is_silent(scope: &str) -> bool {
    [OFFLINE_ACCESS, "openid", "profile", "email"].contains(&scope)
}
