//! Generated code as text.

mod blank_lines;
mod strings;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Context, Result, fail};

/// Returns the text of a file, with a blank line between items; fast, but not formatted by rustfmt.
pub(super) fn text(file: &syn::File) -> String {
    let mut file = file.clone();
    strings::split(&mut file);
    blank_lines::mark(&mut file);
    blank_lines::unmark(&prettyplease::unparse(&file))
}

/// Formats a text as `cargo fmt` does.
pub(crate) fn rustfmt(text: &str) -> Result<String> {
    const MISSING: &str = "rustfmt cannot be started: run `rustup component add rustfmt`";
    let mut child = Command::new(program())
        .args(["--edition", "2024", "--emit", "stdout", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context(MISSING)?;
    let mut input = child.stdin.take().context(MISSING)?;
    // rustfmt reads everything before it writes anything.
    let written = input.write_all(text.as_bytes());
    drop(input);
    let output = child.wait_with_output().context(MISSING)?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr);
        // The proxy of rustup exists even if the component is not installed.
        return fail(format_args!(
            "rustfmt failed: {} (is it missing? `rustup component add rustfmt`)",
            reason.trim()
        ));
    }
    written.context("rustfmt does not read its input")?;
    String::from_utf8(output.stdout).context("rustfmt's output is not UTF-8")
}

/// Returns the rustfmt of the toolchain that runs this program, or else the first of the path.
fn program() -> OsString {
    if let Some(program) = std::env::var_os("RUSTFMT") {
        return program;
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let sibling =
        Path::new(&cargo).with_file_name(format!("rustfmt{}", std::env::consts::EXE_SUFFIX));
    if sibling.is_file() {
        sibling.into_os_string()
    } else {
        "rustfmt".into()
    }
}

/// Returns the beginning of an item, for an error.
pub(super) fn excerpt(item: &syn::Item) -> String {
    let file: syn::File = syn::parse_quote!(#item);
    let text = prettyplease::unparse(&file);
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").chars().take(100).collect()
}

/// Returns a type in one line.
pub(super) fn type_text(ty: &syn::Type) -> String {
    let file: syn::File = syn::parse_quote!(type A = #ty;);
    let text = prettyplease::unparse(&file);
    let text = text
        .trim()
        .trim_start_matches("type A = ")
        .trim_end_matches(';');
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    lines.concat().replace(",>", ">")
}

#[cfg(test)]
mod tests;
