//! How a profile's servers are reached.

use super::Profile;
use crate::network::Network;

impl Profile {
    /// How connections to the API and to the identity server leave this machine.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Another way out of this machine: a proxy, or authorities of one's own.
    ///
    /// ```
    /// use perspio_auth::{Network, Profile, SecretString};
    ///
    /// # fn main() -> Result<(), perspio_auth::Error> {
    /// let proxy = SecretString::from("http://proxy.internal:3128");
    /// let profile = Profile::perspiotalk().with_network(Network::new().with_proxy(&proxy)?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }
}
