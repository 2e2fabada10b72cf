//! The lists of a tenant item by item, and many calls over them.

use perspio_auth::http::Method;
use perspio_http::bulk::{Bulk, Report};
use perspio_http::{ApiRequest, Items, Priority};
use serde::de::DeserializeOwned;

use crate::types::{Asset, LocationLabel, Site};
use crate::{Client, Error, OPERATIONS, Operation};

impl Client {
    /// A request to any endpoint, also to one that the document does not know. It
    /// goes the way of all calls; `path` comes after the base URL and is sent as it
    /// is given. An application's own token only reads here too: other methods
    /// than GET, HEAD and OPTIONS fail before they are sent.
    ///
    /// ```no_run
    /// use perspio::Method;
    ///
    /// # async fn example(client: perspio::Client) -> Result<(), perspio::Error> {
    /// let request = client.request(Method::GET, "/workflows/v3/");
    /// let workflows: serde_json::Value = request.query(&[("top", 10)]).fetch().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, path: &str) -> ApiRequest {
        self.inner.request(method, path)
    }

    /// Every asset of the tenant, each as soon as it has arrived: what
    /// `assets_list` gives, without holding all of it in memory.
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
    /// Calls in such a loop hold up the reading, and the server may lose its
    /// patience: for them there is [`for_each_asset`](Self::for_each_asset).
    pub async fn assets_stream(&self) -> Result<Items<Asset>, Error> {
        self.stream("assets_list").await
    }

    /// Every site of the tenant, each as soon as it has arrived; see
    /// [`assets_stream`](Self::assets_stream).
    pub async fn sites_stream(&self) -> Result<Items<Site>, Error> {
        self.stream("sites_list").await
    }

    /// Every location label of the tenant, each as soon as it has arrived; see
    /// [`assets_stream`](Self::assets_stream).
    pub async fn locations_labels_stream(&self) -> Result<Items<LocationLabel>, Error> {
        self.stream("locations_labels").await
    }

    /// Calls `work` for each asset of the tenant, as `bulk` says. The client that
    /// `work` gets is this one with [`Priority::Bulk`]: its calls stay within the
    /// budget and leave room for those that somebody waits for.
    ///
    /// An error means that the list could not be asked for. What came of the
    /// single assets stands in the report.
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
        let options = self.inner.options().clone();
        let client = self.with_options(options.priority(Priority::Bulk));
        let assets = client.assets_stream().await?;
        let bulk = bulk.or_id(|asset| asset.id.as_ref().map(ToString::to_string));
        let work = |asset| work(client.clone(), asset);
        Ok(bulk.run_stream(assets, work).await)
    }

    async fn stream<T: DeserializeOwned>(&self, id: &str) -> Result<Items<T>, Error> {
        let Some(operation) = Operation::find(OPERATIONS, id) else {
            return Err(Error::InvalidRequest {
                reason: format!("the client does not know the operation {id}"),
            });
        };
        self.inner.operation(operation).stream().await
    }
}
