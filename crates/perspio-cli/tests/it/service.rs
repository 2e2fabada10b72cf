//! The sandbox that a command calls.

use perspio_sandbox::{Endpoint, Fault, Sandbox};
use tokio::runtime::Runtime;

use crate::commands::{perspio, run};

/// A sandbox that runs while a test needs it, and the commands that call it.
pub(crate) struct Service {
    pub(crate) sandbox: Sandbox,
    _runtime: Runtime,
}

impl Service {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        Self {
            sandbox: runtime.block_on(Sandbox::start()).unwrap(),
            _runtime: runtime,
        }
    }

    /// The service responds to the next request with this.
    pub(crate) fn responds(&self, content_type: &str, body: impl Into<Vec<u8>>) -> &Self {
        let fault = Fault::status(200).body(content_type, body.into());
        self.sandbox.queue_fault(Endpoint::Api, fault);
        self
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = perspio(arguments);
        command.envs(self.sandbox.environment());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        run(&mut self.command(arguments))
    }

    /// The standard output of a command that succeeds.
    pub(crate) fn printed(&self, arguments: &[&str]) -> String {
        let (code, out, err) = self.run(arguments);
        assert_eq!((code, err.as_str()), (Some(0), ""), "{arguments:?}");
        out
    }

    pub(crate) fn assert_no_secret(&self, text: &str) {
        assert!(!text.contains(self.sandbox.client_secret()), "{text}");
        assert!(!text.contains(self.sandbox.subscription_key()), "{text}");
        assert!(!text.contains("Bearer ey"), "{text}");
    }
}
