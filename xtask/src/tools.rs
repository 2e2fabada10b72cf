//! Programs that tests, benchmarks and fuzzing need in addition to Rust, and their installation:
//! below target/ or in `node_modules` where the package manager of a language can do it,
//! and by apt where only that can.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, succeed};

/// The oldest Node that the packages of tests/interop and tests/prism support.
const OLDEST_NODE: u32 = 20;

/// The program of npm; Windows finds a script only by its whole name.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// A program, or a group of programs that are used together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// A third-party identity server.
    IdentityServer,
    /// A third-party server of `OpenAPI` documents.
    DocumentServer,
    /// A browser and its driver.
    Browser,
    /// A keyring and its session bus.
    Keyring,
    /// File systems that are mounted in a namespace of their own.
    Mounts,
    /// Redis.
    Redis,
    /// Memcached.
    Memcached,
    /// A third-party validator of `OpenAPI` documents.
    SpecValidator,
    /// A third-party generator of requests that checks responses against an `OpenAPI` document.
    ResponseChecker,
    /// Another generator of clients, for benchmarks.
    OpenapiGenerator,
    /// The driver of the fuzz targets.
    CargoFuzz,
    /// Checks of combinations of features.
    CargoHack,
    /// Checks of licences and sources of dependencies.
    CargoDeny,
    /// Checks for unused dependencies.
    CargoMachete,
    /// Checks for breaking changes of public APIs.
    CargoSemverChecks,
}

/// A package with one program, in a folder of its own below target/.
#[derive(Clone, Copy)]
pub(crate) struct Package {
    /// The name and the version, as the package manager takes them.
    versioned: &'static str,
    program: &'static str,
}

/// The program of [`Tool::SpecValidator`].
pub(crate) const SPEC_VALIDATOR: Package = Package {
    versioned: "openapi-spec-validator==0.9.0",
    program: "openapi-spec-validator",
};

/// The program of [`Tool::ResponseChecker`].
pub(crate) const RESPONSE_CHECKER: Package = Package {
    versioned: "schemathesis==4.32.5",
    program: "schemathesis",
};

/// The program of [`Tool::OpenapiGenerator`]. The lock of `bench/openapi` fits the client that
/// this release generates.
pub(crate) const OPENAPI_GENERATOR: Package = Package {
    versioned: "openapi-generator-cli==7.26.0",
    program: "openapi-generator-cli",
};

/// The program of [`Tool::CargoFuzz`].
pub(crate) const CARGO_FUZZ: Package = Package {
    versioned: "cargo-fuzz@0.13.2",
    program: "cargo-fuzz",
};

/// The program of [`Tool::CargoHack`].
pub(crate) const CARGO_HACK: Package = Package {
    versioned: "cargo-hack@0.6.46",
    program: "cargo-hack",
};

/// The program of [`Tool::CargoDeny`].
pub(crate) const CARGO_DENY: Package = Package {
    versioned: "cargo-deny@0.20.2",
    program: "cargo-deny",
};

/// The program of [`Tool::CargoMachete`].
pub(crate) const CARGO_MACHETE: Package = Package {
    versioned: "cargo-machete@0.9.2",
    program: "cargo-machete",
};

/// The program of [`Tool::CargoSemverChecks`].
pub(crate) const CARGO_SEMVER_CHECKS: Package = Package {
    versioned: "cargo-semver-checks@0.45.0",
    program: "cargo-semver-checks",
};

impl Package {
    /// Returns the path of the program; it exists if the package is installed.
    pub(crate) fn program(self, root: &Path) -> PathBuf {
        root.join(self.folder()).join("bin").join(self.program)
    }

    /// Returns the folder of the package, from the folder of the workspace.
    fn folder(self) -> PathBuf {
        let name = self.versioned.replace("==", "-").replace('@', "-");
        Path::new("target/tools").join(name)
    }
}

/// How a tool is installed.
enum Source {
    /// The packages that a folder locks.
    Npm(&'static str),
    /// Packages of Debian, and the programs that they contain. On other systems than Linux,
    /// nothing needs them.
    Debian(&'static [&'static str], &'static [&'static str]),
    /// A Python package, in an environment of its own.
    Python(Package),
    /// A crate.
    Crate(Package),
    /// Nothing is installed: the system allows it or not.
    System,
}

impl Tool {
    /// Returns how it is installed, and its approximate size in MB, with its dependencies on
    /// a minimal system.
    fn source(self) -> (Source, u32) {
        match self {
            Self::IdentityServer => (Source::Npm("tests/interop"), 4),
            Self::DocumentServer => (Source::Npm("tests/prism"), 90),
            Self::Browser => {
                let packages = &["chromium", "chromium-driver"];
                (Source::Debian(packages, &["chromium", "chromedriver"]), 500)
            }
            Self::Keyring => {
                let packages = &["gnome-keyring", "dbus", "dbus-daemon"];
                let programs = &["dbus-run-session", "gnome-keyring-daemon"];
                (Source::Debian(packages, programs), 20)
            }
            Self::Mounts => (Source::System, 0),
            Self::Redis => (Source::Debian(&["redis-server"], &["redis-server"]), 8),
            Self::Memcached => (Source::Debian(&["memcached"], &["memcached"]), 1),
            Self::SpecValidator => (Source::Python(SPEC_VALIDATOR), 46),
            Self::ResponseChecker => (Source::Python(RESPONSE_CHECKER), 95),
            Self::OpenapiGenerator => (Source::Python(OPENAPI_GENERATOR), 60),
            Self::CargoFuzz => (Source::Crate(CARGO_FUZZ), 10),
            Self::CargoHack => (Source::Crate(CARGO_HACK), 5),
            Self::CargoDeny => (Source::Crate(CARGO_DENY), 20),
            Self::CargoMachete => (Source::Crate(CARGO_MACHETE), 5),
            Self::CargoSemverChecks => (Source::Crate(CARGO_SEMVER_CHECKS), 40),
        }
    }

    /// Returns the command that installs it, in the folder of the workspace.
    fn command(self) -> String {
        match self.source().0 {
            Source::Npm(folder) => format!("npm ci --prefix {folder}"),
            Source::Debian(packages, _) => format!("apt-get install {}", packages.join(" ")),
            Source::Python(package) => {
                let (folder, versioned) = (package.folder(), package.versioned);
                let folder = folder.display();
                format!("python3 -m venv {folder} && {folder}/bin/pip install {versioned}")
            }
            Source::Crate(package) => format!(
                "cargo install --locked --root {} {}",
                package.folder().display(),
                package.versioned
            ),
            Source::System => "a system that allows `unshare --map-root-user --mount`".to_owned(),
        }
    }

    /// Fails with the reason if it cannot be used.
    fn check(self, root: &Path) -> Result<()> {
        match self.source().0 {
            Source::Npm(folder) if npm_has_installed(&root.join(folder)) => Ok(()),
            Source::Npm(folder) => bail!("the packages of {folder} are not installed"),
            _ if !cfg!(target_os = "linux") && self.is_of_linux() => Ok(()),
            Source::Debian(_, programs) => programs
                .iter()
                .try_for_each(|program| version(program).map(drop)),
            Source::Python(package) | Source::Crate(package) => {
                let program = package.program(root);
                if !program.exists() {
                    bail!("{} does not exist", program.display());
                }
                Ok(())
            }
            Source::System => {
                let script = "mount -t tmpfs tmpfs /tmp";
                let arguments = ["--map-root-user", "--mount", "sh", "-c", script];
                succeed(Command::new("unshare").args(arguments))
            }
        }
    }

    /// Whether its tests run on Linux only.
    fn is_of_linux(self) -> bool {
        matches!(self.source().0, Source::Debian(..) | Source::System)
    }

    fn install(self, root: &Path) -> Result<()> {
        match self.source().0 {
            Source::Npm(folder) => {
                check_node()?;
                let options = ["ci", "--silent", "--no-audit", "--no-fund"];
                succeed(
                    Command::new(NPM)
                        .args(options)
                        .current_dir(root.join(folder)),
                )
            }
            Source::Debian(packages, _) => apt_install(packages),
            Source::Python(package) => {
                let environment = root.join(package.folder());
                let create = || {
                    let mut create = Command::new("python3");
                    succeed(create.args(["-m", "venv", "--clear"]).arg(&environment))
                };
                create().or_else(|_| {
                    apt_install(&["python3", "python3-venv"])?;
                    create()
                })?;
                if self == Self::OpenapiGenerator && version("java").is_err() {
                    apt_install(&["default-jre-headless"])?;
                }
                let options = ["install", "--quiet", "--disable-pip-version-check"];
                let mut pip = Command::new(environment.join("bin/pip"));
                succeed(pip.args(options).arg(package.versioned))
            }
            Source::Crate(package) => {
                let folder = root.join(package.folder());
                let folder = folder.to_string_lossy();
                let options = ["install", "--quiet", "--locked", "--root", &folder];
                cargo(root, &[&options[..], &[package.versioned]].concat())
            }
            Source::System => Ok(()),
        }
    }
}

/// Makes tools usable: prints what is missing, with its size, and installs it if `install`
/// is set. Returns the tools that cannot be used, with the reason and the command that
/// installs them.
pub(crate) fn provide(root: &Path, tools: &[Tool], install: bool) -> Vec<(Tool, String)> {
    let missing: Vec<_> = tools
        .iter()
        .filter(|tool| tool.check(root).is_err())
        .collect();
    if install && !missing.is_empty() {
        println!("\n=== installing");
        for tool in &missing {
            let size = tool.source().1;
            println!("{tool:?}, about {size} MB: {}", tool.command());
        }
    }
    let mut unusable = Vec::new();
    for tool in missing {
        let installed = if install { tool.install(root) } else { Ok(()) };
        if let Err(cause) = installed.and_then(|()| tool.check(root)) {
            unusable.push((*tool, format!("{cause:#}; needs: {}", tool.command())));
        }
    }
    unusable
}

/// Makes tools usable that a command cannot do without.
pub(crate) fn require(root: &Path, tools: &[Tool]) -> Result<()> {
    match provide(root, tools, true).first() {
        Some((tool, reason)) => bail!("{tool:?} cannot be used: {reason}"),
        None => Ok(()),
    }
}

/// Whether npm has installed what `folder` locks: it writes its own list last.
fn npm_has_installed(folder: &Path) -> bool {
    let modified = |path| folder.join(path).metadata()?.modified();
    let locked = modified("package-lock.json");
    let installed = modified("node_modules/.package-lock.json");
    matches!((locked, installed), (Ok(locked), Ok(installed)) if locked <= installed)
}

fn check_node() -> Result<()> {
    let node = version("node")?;
    let major = node.trim_start_matches('v').split('.').next();
    if !major.is_some_and(|major| major.parse().is_ok_and(|major: u32| major >= OLDEST_NODE)) {
        bail!("Node {OLDEST_NODE} or newer is needed, and this is {node}");
    }
    version(NPM)
        .context("npm is needed in addition to Node")
        .map(drop)
}

/// Returns the output of `program --version`.
fn version(program: &str) -> Result<String> {
    let output = Command::new(program).arg("--version").output();
    let output = output.with_context(|| format!("{program} cannot be started"))?;
    if !output.status.success() {
        // A version manager has a script for a program that it has not installed.
        bail!("{program} does not print its version");
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Installs Debian packages; works as root on Debian and its derivatives only.
fn apt_install(packages: &[&str]) -> Result<()> {
    succeed(Command::new("apt-get").args(["update", "--quiet"]))
        .context("the list of packages of this machine cannot be updated")?;
    succeed(
        Command::new("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive")
            // Servers are installed without being started: tests start their own.
            .env("RUNLEVEL", "1"),
    )
}
