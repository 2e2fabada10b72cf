//! Programs that tests, benchmarks and fuzzing need beside Rust: installed here
//! where that is possible, below target/ (or `node_modules`) where a package
//! manager of the language can do it, by apt where only that can.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, succeed};

/// The release that the documents are checked with.
const SPEC_VALIDATOR: &str = "openapi-spec-validator==0.9.0";

/// The release of the generator whose client is measured beside ours: the lock of
/// `bench/openapi` fits what it makes.
pub(crate) const OPENAPI_GENERATOR: &str = "openapi-generator-cli==7.26.0";

/// The release of the fuzzer's driver.
const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";

/// The oldest Node that the packages of tests/interop and tests/prism run on.
const OLDEST_NODE: u32 = 20;

/// npm's own program; Windows finds a script only by its whole name.
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// An OpenAPI validator that nobody here wrote, in a Python environment of its own.
pub(crate) fn spec_validator(root: &Path) -> Result<PathBuf> {
    python_program(root, SPEC_VALIDATOR, "openapi-spec-validator")
}

/// Another generator of clients, the same way. It needs Java.
pub(crate) fn openapi_generator(root: &Path) -> Result<PathBuf> {
    debian_programs(&["java"], &["default-jre-headless"])?;
    python_program(root, OPENAPI_GENERATOR, "openapi-generator-cli")
}

/// The `program` of a Python package, in an environment of its own.
fn python_program(root: &Path, package: &str, program: &str) -> Result<PathBuf> {
    let environment = root.join("target/tools").join(package.replace("==", "-"));
    let program = environment.join("bin").join(program);
    if program.exists() {
        return Ok(program);
    }
    println!("\n=== installing {package}");
    let create = || {
        succeed(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&environment),
        )
    };
    create().or_else(|_| {
        apt_install(&["python3", "python3-venv"])?;
        create()
    })?;
    succeed(Command::new(environment.join("bin/pip")).args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        package,
    ]))?;
    Ok(program)
}

/// An identity server that nobody here wrote, in `tests/interop/node_modules`.
pub(crate) fn interop(root: &Path) -> Result<()> {
    node_packages(root, "tests/interop")
}

/// A server of `OpenAPI` documents that nobody here wrote, in
/// `tests/prism/node_modules`.
pub(crate) fn prism(root: &Path) -> Result<()> {
    node_packages(root, "tests/prism")
}

/// What `folder` locks, installed in it.
fn node_packages(root: &Path, folder: &str) -> Result<()> {
    let node = version("node")?;
    let major = node.trim_start_matches('v').split('.').next();
    if !major.is_some_and(|major| major.parse().is_ok_and(|major: u32| major >= OLDEST_NODE)) {
        bail!("Node {OLDEST_NODE} or newer is needed, and this is {node}");
    }
    version(NPM).context("npm is needed beside Node")?;
    let path = root.join(folder);
    if is_installed(&path) {
        return Ok(());
    }
    println!("\n=== installing the packages of {folder}");
    let options = ["ci", "--silent", "--no-audit", "--no-fund"];
    succeed(Command::new(NPM).args(options).current_dir(path))
}

/// Whether npm has installed what `folder` locks: it writes its own list last.
fn is_installed(folder: &Path) -> bool {
    let modified = |path| folder.join(path).metadata()?.modified();
    let locked = modified("package-lock.json");
    let installed = modified("node_modules/.package-lock.json");
    matches!((locked, installed), (Ok(locked), Ok(installed)) if locked <= installed)
}

/// What a program says of its version.
fn version(program: &str) -> Result<String> {
    let output = Command::new(program).arg("--version").output();
    let output = output.with_context(|| format!("{program} cannot be started"))?;
    if !output.status.success() {
        // A version manager's stand-in for a program that it has not installed.
        bail!("{program} does not say its version");
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The fuzzer's driver, built below target/.
pub(crate) fn cargo_fuzz(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/tools").join(CARGO_FUZZ.replace('@', "-"));
    let program = folder.join("bin/cargo-fuzz");
    if !program.exists() {
        println!("\n=== installing {CARGO_FUZZ}");
        let folder = folder.to_string_lossy();
        cargo(
            root,
            &[
                "install", "--quiet", "--locked", "--root", &folder, CARGO_FUZZ,
            ],
        )?;
    }
    Ok(program)
}

/// A browser, and the driver through which tests use it.
pub(crate) fn browser(_: &Path) -> Result<()> {
    debian_programs(
        &["chromium", "chromedriver"],
        &["chromium", "chromium-driver"],
    )
}

/// A keyring, and the session bus that it is reached on.
pub(crate) fn keyring(_: &Path) -> Result<()> {
    debian_programs(
        &["dbus-run-session", "gnome-keyring-daemon"],
        &["gnome-keyring", "dbus", "dbus-daemon"],
    )
}

/// Mounts that nobody else sees, which some containers do not allow.
pub(crate) fn mounts(_: &Path) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let script = "mount -t tmpfs tmpfs /tmp";
    let arguments = ["--map-root-user", "--mount", "sh", "-c", script];
    succeed(Command::new("unshare").args(arguments))
}

/// The server of the tests and benchmarks with Redis.
pub(crate) fn redis(_: &Path) -> Result<()> {
    debian_programs(&["redis-server"], &["redis-server"])
}

/// The server of the tests and benchmarks with Memcached.
pub(crate) fn memcached(_: &Path) -> Result<()> {
    debian_programs(&["memcached"], &["memcached"])
}

/// Makes sure that `programs` are there, which come with `packages`.
fn debian_programs(programs: &[&str], packages: &[&str]) -> Result<()> {
    if !cfg!(target_os = "linux") {
        // Their tests are made for Linux, and for nothing else.
        return Ok(());
    }
    let all_start = || {
        programs
            .iter()
            .try_for_each(|program| version(program).map(drop))
    };
    all_start().or_else(|_| {
        println!("\n=== installing {}", packages.join(", "));
        apt_install(packages)?;
        all_start()
    })
}

/// Installs Debian packages; works as root on Debian and its kin only.
fn apt_install(packages: &[&str]) -> Result<()> {
    static UPDATED: OnceLock<bool> = OnceLock::new();
    let update = || succeed(Command::new("apt-get").args(["update", "--quiet"]));
    if !UPDATED.get_or_init(|| update().is_ok()) {
        bail!("the packages of this machine cannot be brought up to date: `apt-get update` failed");
    }
    succeed(
        Command::new("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive")
            // Servers come without being started: tests start their own.
            .env("RUNLEVEL", "1"),
    )
}
