//! Faults that are queued when a sandbox starts.

use std::path::{Path, PathBuf};

use super::{FaultQueue, QueuedFault};

/// A list of faults in YAML or JSON, for
/// [`SandboxBuilder::fault_script`](crate::SandboxBuilder::fault_script).
///
/// ```
/// # fn main() -> Result<(), perspio_sandbox::FaultScriptError> {
/// use perspio_sandbox::FaultScript;
///
/// let script = FaultScript::parse(
///     "
/// - endpoint: api        # token, authorize, device_code, api or other
///   after: 1             # the number of requests that are served first
///   fault: { status: 429, headers: { Retry-After: '7' } }
/// - endpoint: api
///   fault: { status: 502, html: true, delay_ms: 100 }
/// - endpoint: token
///   fault: { cut: true }
/// ",
/// )?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultScript {
    faults: Vec<QueuedFault>,
}

/// Why a fault script could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultScriptError {
    /// The file could not be read.
    #[error("the fault script {} cannot be read: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The text is no list of faults.
    #[error("the fault script {place} is invalid: {cause}")]
    Parse {
        /// The file, if there is one, and the line.
        place: String,
        /// The cause, for instance an unknown member.
        cause: String,
    },
}

impl FaultScript {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FaultScriptError`] if the file cannot be read or is no list of faults; it names the
    /// file, the line and the cause.
    pub fn read(file: impl AsRef<Path>) -> Result<Self, FaultScriptError> {
        let file = file.as_ref();
        let text = std::fs::read_to_string(file).map_err(|source| FaultScriptError::Read {
            file: file.to_owned(),
            source,
        })?;
        Self::parsed(&text, &file.display().to_string())
    }

    /// Parses a text.
    ///
    /// # Errors
    /// [`FaultScriptError::Parse`] if the text is no list of faults.
    pub fn parse(text: &str) -> Result<Self, FaultScriptError> {
        Self::parsed(text, "text")
    }

    fn parsed(text: &str, name: &str) -> Result<Self, FaultScriptError> {
        match serde_saphyr::from_str(text) {
            Ok(faults) => Ok(Self { faults }),
            Err(error) => Err(FaultScriptError::Parse {
                place: error.location().map_or_else(
                    || name.to_owned(),
                    |location| format!("{name}, line {}", location.line()),
                ),
                cause: error.without_snippet().to_string(),
            }),
        }
    }

    pub(crate) fn queue(&self, queue: &FaultQueue) {
        for QueuedFault {
            endpoint,
            after,
            fault,
        } in &self.faults
        {
            queue.push(*endpoint, *after, fault.build());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        FaultScript::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn an_invalid_script_is_an_error_with_its_line_and_cause() {
        for (text, line, cause) in [
            (
                "- endpoint: api\n  fault: { status: 42 }\n",
                "line 2",
                "42 is no status",
            ),
            ("- endpoint: api\n  fault: {}\n", "line 2", "needs a status"),
            (
                "- endpoint: api\n  fault: { cut: true }\n  befor: 3\n",
                "line 3",
                "befor",
            ),
            (
                "- endpoint: elsewhere\n  fault: { cut: true }\n",
                "line 1",
                "elsewhere",
            ),
            (
                "- endpoint: api\n  fault: { cut: true, status: 500 }\n",
                "line 2",
                "no status",
            ),
            (
                "- endpoint: api\n  fault: { status: 500, headers: { 'a b': c } }\n",
                "line 2",
                "a b",
            ),
            ("- endpoint: api\n  fault: [\n", "line", ""),
        ] {
            let error = error(text);
            assert!(error.contains(line) && error.contains(cause), "{error}");
        }
    }

    #[test]
    fn a_missing_file_is_an_error_that_names_it() {
        let error = FaultScript::read("no/such/file.yaml").unwrap_err();
        assert!(error.to_string().contains("no/such/file.yaml"), "{error}");
    }

    #[test]
    fn json_is_a_script_too() {
        let json = r#"[{"endpoint": "device_code", "after": 2, "fault": {"delay_ms": 5}}]"#;
        let yaml = "- { endpoint: device_code, after: 2, fault: { delay_ms: 5 } }";
        assert_eq!(
            FaultScript::parse(json).unwrap(),
            FaultScript::parse(yaml).unwrap()
        );
    }
}
