//! `docs/schemas` is what the types say, and `docs/asyncapi.yaml` names every subject and kind.

use std::collections::{BTreeMap, BTreeSet};

use engine::bus::cloudevent::Kind;
use engine::bus::subject::Subjects;
use engine::bus::{Stream, schema};
use serde_json::Value;

use crate::documented::docs;

/// With this variable set the files are written instead of compared.
const UPDATE: &str = "WHISTLEPOST_UPDATE_SCHEMAS";

#[test]
fn the_schemas_are_what_the_types_say() {
    let mut schemas: BTreeMap<String, Value> = Kind::ALL
        .into_iter()
        .map(|kind| (format!("{}.json", schema::name(kind)), schema::of(kind)))
        .collect();
    schemas.insert("envelope.json".to_owned(), schema::envelope());
    let folder = docs().join("schemas");
    for (name, schema) in &schemas {
        let path = folder.join(name);
        let text = format!("{}\n", serde_json::to_string_pretty(schema).expect("JSON"));
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&path, &text).expect("written");
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == text, "{name} is old: run this test with {UPDATE}=1");
    }
    let files = std::fs::read_dir(folder).expect("the folder");
    let names: BTreeSet<String> =
        files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(names, schemas.into_keys().collect());
}

#[test]
fn every_kind_names_its_schema() {
    for kind in Kind::ALL {
        assert_eq!(schema::of(kind)["$id"], kind.schema());
    }
}

fn document() -> Value {
    let text = std::fs::read_to_string(docs().join("asyncapi.yaml")).expect("the document");
    serde_yaml_ng::from_str(&text).expect("YAML")
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|inner| references(inner, found));
        }
        Value::Array(list) => list.iter().for_each(|inner| references(inner, found)),
        _ => {}
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 3 * Kind::ALL.len(), "{found:?}");
    for reference in found {
        let there = match reference.strip_prefix('#') {
            Some(place) => document.pointer(place).is_some(),
            None => docs().join(&reference).is_file(),
        };
        assert!(there, "{reference}");
    }
}

#[test]
fn every_kind_is_in_the_document_on_some_channel() {
    let document = document();
    let channels = document["channels"].as_object().expect("channels");
    for kind in Kind::ALL {
        let name = schema::name(kind);
        let message = &document["components"]["messages"][name];
        let payload = &message["payload"]["allOf"];
        assert_eq!(message["name"], kind.type_name());
        assert_eq!(payload[0]["$ref"], "./schemas/envelope.json", "{name}");
        assert_eq!(payload[1]["properties"]["type"]["const"], kind.type_name());
        assert_eq!(payload[1]["properties"]["data"]["$ref"], format!("./schemas/{name}.json"));
        let reference = format!("#/components/messages/{name}");
        let on = channels.values().filter(|channel| channel["messages"][name]["$ref"] == reference.as_str());
        assert!(on.count() > 0, "{name}");
    }
    let named = document["components"]["messages"].as_object().expect("messages").len();
    assert_eq!(named, Kind::ALL.len(), "no kind that there is not");
}

#[test]
fn the_channels_are_the_subjects_and_each_has_its_operation() {
    let document = document();
    let channels = document["channels"].as_object().expect("channels");
    let mut addresses = BTreeSet::new();
    for (name, channel) in channels {
        let mut address =
            channel["address"].as_str().expect("an address").replace("{jurisdiction}", "320506");
        for parameter in channel["parameters"].as_object().expect("parameters").keys() {
            assert!(channel["address"].as_str().is_some_and(|at| at.contains(&format!("{{{parameter}}}"))));
            address = address.replace(&format!("{{{parameter}}}"), "*");
        }
        assert!(!address.contains('{'), "{address}");
        addresses.insert(address);
        let reference = format!("#/channels/{name}");
        let operations = document["operations"].as_object().expect("operations");
        assert!(operations.values().any(|operation| operation["channel"]["$ref"] == reference.as_str()));
    }
    let subjects = Subjects::new("320506");
    let patterns: BTreeSet<String> =
        Stream::ALL.iter().flat_map(|stream| subjects.patterns(*stream)).collect();
    assert_eq!(addresses, patterns);
}
