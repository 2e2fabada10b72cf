//! Calls from programs without a tokio runtime, such as scripts.

use std::fmt;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::Error;

/// A client for programs that are not asynchronous. It has a runtime of its own, on the
/// thread that calls it.
///
/// Tokens are refreshed, and connections are kept open, only while a call runs. A program
/// that makes many calls concurrently makes them in one [`call`](Self::call).
///
/// ```
/// use perspio_http::blocking::Client;
///
/// # fn main() -> Result<(), perspio_http::Error> {
/// let client = Client::new("any client")?;
/// let length = client.call(async |client| Ok::<_, perspio_http::Error>(client.len()))?;
/// assert_eq!(length, 10);
/// # Ok(())
/// # }
/// ```
pub struct Client<C> {
    client: C,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
}

impl<C> Client<C> {
    /// Wraps an asynchronous client.
    ///
    /// # Errors
    /// [`Error::Auth`] within a tokio runtime, or if no runtime can be created.
    pub fn new(client: C) -> Result<Self, Error> {
        check_no_runtime()?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|cause| configuration(format!("the runtime cannot be created: {cause}")))?;
        Ok(Self {
            client,
            runtime: Some(runtime),
        })
    }

    /// Runs `call` with the asynchronous client, and waits for its outcome.
    ///
    /// # Errors
    /// The error of `call`; [`Error::Auth`] within a tokio runtime, which the wait would
    /// block.
    pub fn call<T, E: From<Error>>(
        &self,
        call: impl AsyncFnOnce(&C) -> Result<T, E>,
    ) -> Result<T, E> {
        check_no_runtime()?;
        match &self.runtime {
            Some(runtime) => runtime.block_on(call(&self.client)),
            None => Err(configuration("the client is being dropped").into()),
        }
    }

    /// Returns the asynchronous client.
    pub fn get_ref(&self) -> &C {
        &self.client
    }
}

impl<C> Drop for Client<C> {
    fn drop(&mut self) {
        // Waiting for its tasks would panic within another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl<C: fmt::Debug> fmt::Debug for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("blocking::Client")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}

fn check_no_runtime() -> Result<(), Error> {
    if Handle::try_current().is_err() {
        return Ok(());
    }
    Err(configuration(
        "a blocking client cannot be used within a tokio runtime: use the asynchronous client, \
         or a thread outside of the runtime",
    ))
}

fn configuration(reason: impl Into<String>) -> Error {
    Error::Auth(perspio_auth::Error::configuration(reason))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_call_runs_with_timers_and_returns_its_outcome() {
        let client = Client::new(20).unwrap();
        let doubled = client.call(async |number| {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok::<_, Error>(number * 2)
        });
        assert_eq!(doubled.unwrap(), 40);
        let error = client.call(async |_| Err::<(), _>(configuration("its own")));
        assert_eq!(error.unwrap_err().to_string(), "its own");
    }

    #[test]
    fn within_a_runtime_it_returns_an_error_and_can_be_dropped() {
        let client = Client::new(()).unwrap();
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async move {
            for error in [
                client.call(async |()| Ok::<_, Error>(())).unwrap_err(),
                Client::new(()).unwrap_err(),
            ] {
                assert!(error.is_configuration());
                assert!(error.to_string().contains("asynchronous client"), "{error}");
            }
            drop(client);
        });
    }
}
