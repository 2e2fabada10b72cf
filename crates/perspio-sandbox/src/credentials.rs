//! The values that the sandbox accepts. The secrets among them say that they are not real.

/// The Entra directory of the sandbox.
pub(crate) const DIRECTORY_ID: &str = "5a4db0c5-0000-4000-8000-000000000001";
/// The one application of that directory.
pub(crate) const CLIENT_ID: &str = "5a4db0c5-0000-4000-8000-000000000002";
/// The application's display name.
pub(crate) const APPLICATION_NAME: &str = "Perspio sandbox application";
/// The application's secret.
pub(crate) const CLIENT_SECRET: &str = "sandbox-client-secret-not-a-real-one";
/// The Perspio tenant, the value of the header `tid`.
pub(crate) const TENANT_ID: &str = "in-sandbox";
/// The tenant's subscription key.
pub(crate) const SUBSCRIPTION_KEY: &str = "sandbox-subscription-key-not-a-real-one";
/// The tenancy of dispoGas, the value of the header `X-Tenant-ID`.
pub(crate) const TENANCY: &str = "sandbox-tenancy";
/// The one scope of client credentials.
pub(crate) const APPLICATION_SCOPE: &str = "api://perspiotalk/.default";
/// The scope of a signed-in user, as the claim `scp` names it.
pub(crate) const USER_SCOPE: &str = "access_as_user";
