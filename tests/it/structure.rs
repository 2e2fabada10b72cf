//! The structure of the hand-written crates: one place that sends a request, layers, and no
//! import cycle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Returns the sources of a crate without its tests: path below `src`, and text.
fn sources(name: &str) -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../crates/{name}/src"));
    let mut sources = BTreeMap::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            if name.contains("tests") || name.contains("simulation") || name == "fuzzing.rs" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("\nmod tests").next().unwrap();
                sources.insert(name.replace('\\', "/"), code.to_owned());
            }
        }
    }
    sources
}

#[test]
fn one_function_executes_a_request() {
    let sources = sources("perspio-http");
    let places: Vec<_> = sources
        .iter()
        .flat_map(|(name, text)| text.lines().map(move |line| (name.as_str(), line.trim())))
        .filter(|(_, line)| line.contains(".execute(") && !line.starts_with("//"))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(places, ["call.rs"]);
}

/// Returns the files of the crate that each file imports: `crate::a::B` is `a.rs`.
fn imports(sources: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let module = |name: &str| name.trim_end_matches(".rs").replace('/', "::");
    let files: BTreeSet<_> = sources.keys().map(|name| module(name)).collect();
    let known = |path: &str| {
        let parts: Vec<_> = path.split("::").collect();
        let prefixes = (1..=parts.len())
            .rev()
            .map(|length| parts[..length].join("::"));
        prefixes.into_iter().find(|prefix| files.contains(prefix))
    };
    sources
        .iter()
        .filter(|(name, _)| *name != "lib.rs")
        .map(|(name, text)| {
            let own = module(name);
            let parent = own.rsplit_once("::").map_or("", |(parent, _)| parent);
            let uses = text.lines().filter_map(|line| {
                let line = line
                    .trim()
                    .trim_start_matches("pub(crate) ")
                    .trim_start_matches("pub ");
                line.strip_prefix("use ")
            });
            let paths = uses.filter_map(|path| {
                let path = path.trim_end_matches(';');
                let path = path
                    .split('{')
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches("::");
                match path.split_once("::") {
                    Some(("crate", rest)) => Some(rest.to_owned()),
                    Some(("super", rest)) if parent.is_empty() => Some(rest.to_owned()),
                    Some(("super", rest)) => Some(format!("{parent}::{rest}")),
                    None if path == "super" => Some(parent.to_owned()),
                    _ => None,
                }
            });
            let imported = paths.filter_map(|path| known(&path));
            // A file and its submodules count as one module.
            let others = imported.filter(|other| {
                !other.starts_with(&format!("{own}::")) && !own.starts_with(&format!("{other}::"))
            });
            (own.clone(), others.filter(|other| *other != own).collect())
        })
        .collect()
}

#[test]
fn the_files_of_a_crate_have_no_import_cycle() {
    for name in ["perspio-http", "perspio-auth", "perspio-codegen"] {
        let mut left = imports(&sources(name));
        assert!(left.len() > 40, "the files are found");
        // A file without a remaining import is not part of a cycle.
        while let Some(name) = left
            .iter()
            .find(|(_, others)| !others.iter().any(|other| left.contains_key(other)))
            .map(|(name, _)| name.clone())
        {
            left.remove(&name);
        }
        assert!(left.is_empty(), "a circle in {name}: {left:#?}");
    }
}

/// Returns the modules of its crate that a line of code names: `crate::a`, `crate::{b, c}`.
fn imported(line: &str) -> impl Iterator<Item = &str> {
    let first = |path: &'_ str| path.find(|it: char| it != '_' && !it.is_alphanumeric());
    let paths = line.split("crate::").skip(1).flat_map(|path| {
        let group = path
            .strip_prefix('{')
            .and_then(|rest| rest.split('}').next());
        group
            .unwrap_or(path.split(',').next().unwrap_or_default())
            .split(", ")
    });
    paths.map(move |path| &path[..first(path).unwrap_or(path.len())])
}

fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim().starts_with("//"))
}

/// The modules of perspio-codegen, in the order of the layers in its `lib.rs`.
const CODEGEN: [&str; 16] = [
    "error",
    "document",
    "rust",
    "files",
    "print",
    "load",
    "source",
    "model",
    "selection",
    "config",
    "surface",
    "generate",
    "import",
    "diff",
    "new",
    "cli",
];

#[test]
fn each_module_of_codegen_imports_only_the_modules_before_it() {
    for (name, text) in sources("perspio-codegen") {
        let own = name.split(['/', '.']).next().unwrap();
        let Some(place) = CODEGEN.iter().position(|module| *module == own) else {
            assert!(
                ["lib", "main", "testing"].contains(&own),
                "{name} is in no layer"
            );
            continue;
        };
        for line in code(&text) {
            for module in imported(line) {
                assert!(
                    CODEGEN[..=place].contains(&module),
                    "{name} imports {module}: {line}"
                );
            }
        }
    }
}

#[test]
fn each_layer_of_auth_imports_only_the_layers_before_it() {
    let layers = ["token", "retry", "oauth", "source", "sign_in", "middleware"];
    for (name, text) in sources("perspio-auth") {
        let own = name.split(['/', '.']).next().unwrap();
        let Some(place) = layers.iter().position(|layer| *layer == own) else {
            assert!(["lib", "testing"].contains(&own), "{name} is in no layer");
            continue;
        };
        // The last two do not depend on each other.
        let allowed = &layers[..place.min(4)];
        for line in code(&text) {
            for layer in imported(line) {
                assert!(
                    layer == own || layer == "fault" || allowed.contains(&layer),
                    "{name} imports {layer}: {line}"
                );
            }
        }
    }
}
