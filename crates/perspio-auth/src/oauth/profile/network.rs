//! The network settings of a profile.

use super::Profile;
use crate::oauth::network::Network;

impl Profile {
    /// Returns the network settings of connections to the API and to the identity server.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Sets the network settings of connections to the API and to the identity server, for
    /// a proxy or additional certificate authorities.
    ///
    /// ```
    /// use perspio_auth::{Network, Profile, SecretString};
    ///
    /// # fn example(profile: Profile) -> Result<(), perspio_auth::Error> {
    /// let proxy = SecretString::from("http://proxy.internal:3128");
    /// let profile = profile.with_network(Network::new().proxy(&proxy)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }
}
