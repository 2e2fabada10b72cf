use super::*;

/// Returns the commands of an operation `things_update`, whose functions are these.
fn file(command: &str, call: &str) -> syn::File {
    let code = format!(
        "use perspio::generated::*; use anyhow::Context as _;
        impl<T: CliConfig> Cli<T> {{
            pub fn cli_things_update() -> ::clap::Command {{ {command} }}
            pub async fn execute_things_update(&self) -> anyhow::Result<()> {{
                let mut request = self.client.things_update();
                {call}
                Ok(())
            }}
        }}
        pub trait CliConfig {{
            fn error<T>(&self, value: &Error<T>);
            fn list_start<T>(&self);
            fn list_item<T>(&self);
            fn list_end_success<T>(&self);
            fn list_end_error<T>(&self, value: &Error<T>);
            fn execute_things_update(&self) -> anyhow::Result<()> {{ Ok(()) }}
        }}"
    );
    syn::parse_file(&code).unwrap()
}

fn requests(with_body: bool) -> BTreeMap<String, Request> {
    let mut operation = serde_json::json!({"operationId": "things_update"});
    if with_body {
        operation["requestBody"] = serde_json::json!({"content": {"application/json": {}}});
    }
    crate::model::requests(&serde_json::json!({"paths": {"/": {"patch": operation}}}))
}

const COMMAND: &str = r#"::clap::Command::new("")
    .arg(::clap::Arg::new("name").required(false))
    .arg(::clap::Arg::new("json-body").required(true).help("A path."))
    .arg(::clap::Arg::new("json-body-template").help("XXX"))"#;
const CALL: &str = r#"
    if let Some(value) = matches.get_one::<String>("name") {
        request = request.body_map(|body| body.name(value.clone()))
    }
    if let Some(value) = matches.get_one::<std::path::PathBuf>("json-body") {
        request = request.body(std::fs::read_to_string(value)?);
    }"#;

#[test]
fn the_file_is_read_first_and_a_member_overrides_it() {
    let mut file = file(COMMAND, CALL);
    run(&mut file, &requests(true)).unwrap();
    let text = prettyplease::unparse(&file);
    assert!(text.find("\"json-body\")").unwrap() < text.find("body_map").unwrap());
    assert!(text.contains(".args([\"json-body\", \"name\"])"), "{text}");
    assert!(
        !text.contains("template") && !text.contains("list_"),
        "{text}"
    );
    assert!(text.contains("fn error(&self, value: &Error);"), "{text}");
    assert!(text.contains("self.config.json_body(value)"), "{text}");
    assert!(text.contains("fn json_body("), "{text}");
}

#[test]
fn a_path_parameter_is_positional_and_its_option_stays() {
    let command = r#"::clap::Command::new("")
        .arg(::clap::Arg::new("thing-id").long("thing-id").required(true).help("The id."))
        .about("Gets it.")"#;
    let call = r#"if let Some(value) = matches.get_one::<String>("thing-id") {
        request = request.thing_id(value.clone());
    }"#;
    let mut file = file(command, call);
    let operation = serde_json::json!({
        "operationId": "things_update",
        "parameters": [{"name": "thingId", "in": "path", "required": true}],
    });
    let document = serde_json::json!({"paths": {"/{thingId}": {"patch": operation}}});
    run(&mut file, &crate::model::requests(&document)).unwrap();
    let text = prettyplease::unparse(&file);
    for part in [
        r#".long("thing-id")"#,
        r#".conflicts_with("THING-ID")"#,
        r#"Arg::new("THING-ID").help("The id.").required_unless_present("thing-id")"#,
        r#".get_one::<String>("THING-ID")"#,
        r#".or_else(|| matches.get_one::<String>("thing-id"))"#,
    ] {
        let flat: String = text.split_whitespace().collect();
        let part: String = part.split_whitespace().collect();
        assert!(flat.contains(&part), "{part}: {text}");
    }
    assert!(!text.contains("required(true)"), "{text}");
}

#[test]
fn commands_of_another_form_are_an_error_with_pass_and_operation() {
    let without_template = COMMAND.rsplit_once('\n').unwrap().0;
    let without_file = CALL.replace("json-body", "body");
    for (command, call, pass) in [
        (without_template, CALL, "without_template"),
        (COMMAND, without_file.as_str(), "read_file_first"),
        (
            &COMMAND.replace("help(\"A", "about(\"A"),
            CALL,
            "describe_file",
        ),
        (
            &COMMAND.replace("required(true)", "needed(true)"),
            CALL,
            "require_file_or_member",
        ),
    ] {
        let error = run(&mut file(command, call), &requests(true))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(pass) && error.contains("things_update"),
            "{pass}: {error}"
        );
    }
    // The document has no body.
    let error = run(&mut file(COMMAND, CALL), &requests(false))
        .unwrap_err()
        .to_string();
    assert!(error.contains("read_file_first"), "{error}");
}
