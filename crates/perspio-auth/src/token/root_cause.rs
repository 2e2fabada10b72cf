//! The innermost cause of an error.

/// Returns the innermost cause of an error, in one line: "connection refused" where
/// the outer layers say only "error sending request".
pub fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}
