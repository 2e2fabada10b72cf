//! The lists of a tenant item by item, and many calls over them.

use perspio_http::bulk::{Bulk, Report};
use perspio_http::{CallOptions, Items, Priority, rt};
use serde::de::DeserializeOwned;

use crate::types::{Asset, LocationLabel, Site};
use crate::{Client, Error, OPERATIONS, Operation};

impl Client {
    /// Returns every asset of the tenant as soon as it has arrived: the response of
    /// [`assets_list`](Self::assets_list), without holding all of it in memory.
    ///
    /// ```no_run
    /// use futures::TryStreamExt;
    ///
    /// # async fn example(client: perspio::Client) -> Result<(), perspio::Error> {
    /// let mut assets = client.assets_stream().await?;
    /// while let Some(asset) = assets.try_next().await? {
    ///     println!("{:?}: {:?}", asset.id, asset.description);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Calls within such a loop delay the reading, and the server may close the connection.
    /// For them, use [`for_each_asset`](Self::for_each_asset).
    pub async fn assets_stream(&self) -> Result<Items<Asset>, Error> {
        const LIST: &Operation = rt::operation(OPERATIONS, "assets_list");
        self.stream(LIST).await
    }

    /// Returns every site of the tenant as soon as it has arrived; see
    /// [`assets_stream`](Self::assets_stream).
    pub async fn sites_stream(&self) -> Result<Items<Site>, Error> {
        const LIST: &Operation = rt::operation(OPERATIONS, "sites_list");
        self.stream(LIST).await
    }

    /// Returns every location label of the tenant as soon as it has arrived; see
    /// [`assets_stream`](Self::assets_stream).
    pub async fn locations_labels_stream(&self) -> Result<Items<LocationLabel>, Error> {
        const LIST: &Operation = rt::operation(OPERATIONS, "locations_labels");
        self.stream(LIST).await
    }

    /// Calls `work` for each asset of the tenant, with the settings of `bulk`. `work` gets
    /// this client with [`Priority::Bulk`]: its calls stay within the rate limits, and
    /// interactive calls go first.
    ///
    /// # Errors
    /// The list could not be requested. The report has the outcomes of the single assets.
    ///
    /// ```no_run
    /// use perspio::bulk::Bulk;
    /// use perspio::Error;
    ///
    /// # async fn example(client: perspio::Client) -> Result<(), Error> {
    /// // The nightly job: looks at every asset, four at once.
    /// let bulk = Bulk::new(4).on_progress(|now| eprintln!("{} of {:?}", now.done, now.total));
    /// let report = client
    ///     .for_each_asset(bulk, async |client, asset| {
    ///         let Some(id) = asset.id else { return Ok(()) };
    ///         let asset = client.assets_get().id(id).send().await?;
    ///         println!("{:?}", asset.extra.get("telemetry"));
    ///         Ok::<_, Error>(())
    ///     })
    ///     .await?;
    /// println!("{report}"); // 248 done, 2 failed …
    /// # Ok(())
    /// # }
    /// ```
    pub async fn for_each_asset<R, E, F>(
        &self,
        bulk: Bulk<Asset>,
        mut work: impl FnMut(Self, Asset) -> F,
    ) -> Result<Report<E>, Error>
    where
        F: Future<Output = Result<R, E>>,
    {
        let client = self.with_options(CallOptions::new().priority(Priority::Bulk));
        let assets = client.assets_stream().await?;
        let bulk = bulk.or_id(|asset| asset.id.as_ref().map(ToString::to_string));
        let work = |asset| work(client.clone(), asset);
        Ok(bulk.run_stream(assets, work).await)
    }

    async fn stream<T: DeserializeOwned>(
        &self,
        operation: &'static Operation,
    ) -> Result<Items<T>, Error> {
        self.inner.operation(operation).stream().await
    }
}
