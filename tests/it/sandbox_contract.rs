//! The responses of the sandbox conform to the document of `PerspioTalk`, as judged by
//! schemathesis, a third-party tool that calls every operation with valid and invalid requests.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use perspio_sandbox::UserAccess;
use tokio::process::Command;

use crate::support;

/// `cargo xtask test` installs it; a test of xtask compares the path.
const PROGRAM: &str = "target/tools/schemathesis-4.32.5/bin/schemathesis";
/// The usual time is ten seconds. Only a run that does not end takes this long.
const TIMEOUT: Duration = Duration::from_secs(60);

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance";

#[tokio::test]
async fn every_response_of_the_sandbox_conforms_to_its_document() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root.canonicalize().unwrap();
    let sandbox = support::sandbox().await;
    let token = sandbox.user_token(UserAccess::ReadWrite);
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(root.join(PROGRAM))
        .arg("run")
        .arg(root.join("spec/perspiotalk.yaml"))
        .args(["--url", sandbox.base_url()])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args([
            "--header",
            &format!("Ocp-Apim-Subscription-Key: {}", sandbox.subscription_key()),
        ])
        .args(["--header", &format!("tid: {}", sandbox.tenant_id())])
        .args(["--checks", CHECKS])
        .args(["--seed", "1", "--max-examples", "20"])
        .args(["--generation-database", "none"])
        .args(["--request-timeout", "10"])
        .args(["--warnings", "off", "--no-color"])
        // The tool writes nothing outside this folder, and reads no configuration from above it.
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(TIMEOUT, run).await;
    let output = output
        .expect("schemathesis ends in time")
        .unwrap_or_else(|cause| panic!("{PROGRAM}: {cause}; `cargo xtask test` installs it"));
    let report = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}\n{errors}");
    // Proves that requests reached the API, and that the credentials were valid.
    for (method, path) in [
        ("GET", "/assets/v3/"),
        ("GET", "/assets/v3/IN-000123"),
        ("PATCH", "/assets/v3/IN-000123"),
        ("GET", "/directory/v3/user"),
        ("GET", "/locations/v3/labels"),
        ("GET", "/sites/v3/"),
    ] {
        let requests = sandbox.log().api_requests();
        let mut requests = requests.iter();
        let is_success = |outcome| matches!(outcome, perspio_sandbox::Outcome::Status(200));
        assert!(
            requests.any(|r| r.method == method && r.path == path && is_success(r.outcome)),
            "{method} {path}: {report}"
        );
    }
}

/// The sandbox records every query parameter as unknown.
#[test]
fn no_operation_of_the_documents_has_a_query_parameter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    for document in ["perspiotalk.yaml", "dispogas.yaml"] {
        let text = std::fs::read_to_string(root.join(document)).unwrap();
        assert!(!text.contains("in: query"), "{document}");
    }
}
