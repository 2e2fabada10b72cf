//! The worker processes, the identity server and the store of one run.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::{StoreKey, TokenStore};
use perspio_auth::{AuthorizationRequest, Profile, StoredSignIn, TokenSource};
use perspio_sandbox::{Person, Rotation, Sandbox};
use tokio::sync::mpsc;

use crate::gateway::Gateway;
use crate::protocol::{Event, What, application, now, strict_profile};
use crate::worker::{open, user_name};
use crate::{Failed, Options};

/// A process that was killed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kill {
    pub(crate) process: u32,
    /// When it had certainly exited.
    pub(crate) at: u64,
}

/// An identity server that accepts each refresh token once, a store, and worker processes.
pub(crate) struct Fleet {
    pub(crate) sandbox: Sandbox,
    pub(crate) gateway: Gateway,
    pub(crate) kills: Vec<Kill>,
    /// The processes that are about to spend a refresh token.
    pub(crate) spenders: mpsc::UnboundedReceiver<u32>,
    events: Arc<Mutex<Vec<Event>>>,
    spends: mpsc::UnboundedSender<u32>,
    profile: Profile,
    authority: String,
    location: String,
    key: String,
    store: Arc<dyn TokenStore>,
    workers: Vec<Child>,
    /// The threads that read the events of the processes, to the last line.
    readers: Vec<JoinHandle<()>>,
    options: Options,
}

impl Fleet {
    /// Starts everything but the workers. `location` is `file PATH` or `redis URL`.
    pub(crate) async fn new(location: String, options: &Options) -> Result<Self, Failed> {
        let sandbox = Sandbox::builder()
            .rotation(Rotation::Invalidates)
            .token_lifetime(Duration::from_secs(options.lifetime))
            .start()
            .await?;
        let server = sandbox.base_url().trim_start_matches("http://").to_owned();
        let gateway = Gateway::start(server.clone()).await?;
        let authority = sandbox.authority().replace(&server, &gateway.address);
        let key = StoreKey::random()?.to_base64().expose_secret().to_owned();
        let (spends, spenders) = mpsc::unbounded_channel();
        Ok(Self {
            profile: strict_profile(&authority)?,
            store: open(&location, &key, options.lease)?,
            sandbox,
            gateway,
            kills: Vec::new(),
            spenders,
            events: Arc::default(),
            spends,
            authority,
            location,
            key,
            workers: Vec::new(),
            readers: Vec::new(),
            options: options.clone(),
        })
    }

    /// Signs Ada in as each of the users, without a browser.
    pub(crate) async fn sign_in_all(&self) -> Result<(), Failed> {
        for user in 0..self.options.users {
            self.sign_in(user).await?;
        }
        Ok(())
    }

    pub(crate) async fn sign_in(&self, user: usize) -> Result<(), Failed> {
        let application = application(self.sandbox.client_id(), self.sandbox.client_secret());
        let redirect_uri = "http://localhost";
        let request = AuthorizationRequest::new(&self.profile, application, redirect_uri)?;
        let real = self.sandbox.base_url();
        let address = format!("http://{}", self.gateway.address);
        let url = request.url().as_str().replacen(&address, real, 1);
        let back = self.sandbox.authorize(&url, Person::Ada)?;
        let (_, response) = back.split_once('?').ok_or("the redirect has no query")?;
        let source = TokenSource::builder(&self.profile, request.credential(response)?)
            .user(user_name(user))
            .store(self.store.clone())
            .build()?;
        source.token().await?;
        Ok(())
    }

    /// Returns whether the store has a sign-in of each user.
    pub(crate) async fn has_sign_ins(&self) -> Result<bool, Failed> {
        let application = application(self.sandbox.client_id(), self.sandbox.client_secret());
        for user in 0..self.options.users {
            let credential = StoredSignIn::new(application.clone());
            let builder = TokenSource::builder(&self.profile, credential).user(user_name(user));
            if self.store.read(&builder.key()).await?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(crate) fn start_workers(&mut self) -> Result<(), Failed> {
        for _ in 0..self.options.processes {
            self.start_worker()?;
        }
        Ok(())
    }

    pub(crate) fn start_worker(&mut self) -> Result<(), Failed> {
        let mut worker = Command::new(std::env::current_exe()?)
            .arg("worker")
            .env("STRESS_AUTHORITY", &self.authority)
            .env("STRESS_CLIENT", self.sandbox.client_id())
            .env("STRESS_SECRET", self.sandbox.client_secret())
            .env("STRESS_STORE", &self.location)
            .env("STRESS_KEY", &self.key)
            .env("STRESS_LEASE", self.options.lease.to_string())
            .env("STRESS_USERS", self.options.users.to_string())
            .env("STRESS_CALLERS", self.options.callers.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = worker.stdout.take().ok_or("stdout is a pipe")?;
        let process = worker.id();
        self.workers.push(worker);
        let (events, spends) = (self.events.clone(), self.spends.clone());
        self.readers.push(std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // The last line of a killed process may be incomplete.
                let Ok(mut event) = serde_json::from_str::<Event>(&line) else {
                    continue;
                };
                event.process = process;
                if matches!(event.what, What::Spends { .. }) {
                    let _ = spends.send(process);
                }
                let mut events = events.lock().unwrap_or_else(PoisonError::into_inner);
                events.push(event);
            }
        }));
        Ok(())
    }

    /// Waits for the next process that is about to spend a refresh token.
    pub(crate) async fn next_spender(&mut self) {
        while self.spenders.try_recv().is_ok() {}
        // It cannot be closed, because this has a sender.
        let _ = self.spenders.recv().await;
    }

    /// Kills one of the workers, `process` or a random one, and starts another.
    pub(crate) fn replace_worker(&mut self, process: Option<u32>) -> Result<(), Failed> {
        let found = match process {
            Some(process) => self.workers.iter().position(|it| it.id() == process),
            None => Some(fastrand::usize(..self.workers.len())),
        };
        // It may have been killed already.
        let Some(number) = found else { return Ok(()) };
        let mut worker = self.workers.swap_remove(number);
        let killed = worker.kill();
        worker.wait()?;
        killed?;
        self.kills.push(Kill {
            process: worker.id(),
            at: now(),
        });
        self.start_worker()
    }

    /// Returns the events so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.clone()
    }

    /// Kills all workers, and reads their last events.
    pub(crate) fn stop(&mut self) {
        for worker in &mut self.workers {
            // Fails on a process that has exited already, which is then only reaped.
            let _ = worker.kill();
            let _ = worker.wait();
        }
        self.workers.clear();
        for reader in self.readers.drain(..) {
            // A reader that has panicked has printed why.
            let _ = reader.join();
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.stop();
    }
}
