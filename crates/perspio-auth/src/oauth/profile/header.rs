//! The headers that an API needs in addition to the token.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};

/// A header that an API needs in addition to the token, such as the id of its
/// tenant or a subscription key.
///
/// ```
/// use perspio_auth::ApiHeader;
/// use perspio_auth::http::HeaderName;
///
/// let header = ApiHeader::new(HeaderName::from_static("x-tenant"))
///     .with_label("X-Tenant")
///     .with_found_at("the admin console, under Tenants")
///     .with_names_tenant(true);
/// assert_eq!(header.label(), "X-Tenant");
/// ```
#[derive(Clone, Debug)]
pub struct ApiHeader {
    name: HeaderName,
    label: Cow<'static, str>,
    found_at: Cow<'static, str>,
    names_tenant: bool,
    /// Marked as sensitive: its `Debug` output is redacted.
    value: Option<HeaderValue>,
}

impl ApiHeader {
    /// Creates a header without a value. Its label is the name in lower case.
    pub fn new(name: HeaderName) -> Self {
        Self {
            label: name.to_string().into(),
            name,
            found_at: Cow::Borrowed("your settings"),
            names_tenant: false,
            value: None,
        }
    }

    /// Returns the header's name.
    pub fn name(&self) -> &HeaderName {
        &self.name
    }

    /// Returns the name as the API's documentation writes it, for messages.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns where the value can be looked up, for messages.
    pub fn found_at(&self) -> &str {
        &self.found_at
    }

    /// Returns whether the value is the id of a tenant. Such a value is shown by
    /// [`Profile::tenant`](crate::Profile::tenant); all others are secrets.
    pub fn names_tenant(&self) -> bool {
        self.names_tenant
    }

    /// Sets the name as the API's documentation writes it, for messages.
    pub fn with_label(mut self, label: impl Into<Cow<'static, str>>) -> Self {
        self.label = label.into();
        self
    }

    /// Sets where the value can be looked up, for messages.
    pub fn with_found_at(mut self, found_at: impl Into<Cow<'static, str>>) -> Self {
        self.found_at = found_at.into();
        self
    }

    /// Sets whether the value is the id of a tenant; false by default.
    pub fn with_names_tenant(mut self, names_tenant: bool) -> Self {
        self.names_tenant = names_tenant;
        self
    }

    /// Returns the value, if it is set.
    pub(crate) fn value(&self) -> Option<&HeaderValue> {
        self.value.as_ref()
    }

    pub(super) fn set_value(&mut self, value: HeaderValue) {
        self.value = Some(value);
    }
}
