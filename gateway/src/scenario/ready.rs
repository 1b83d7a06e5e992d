//! Values that no word says: free text is sealed, another case is named by the table's own name for it, and
//! of a photograph the table says what it shows.

use serde_json::{Value, json};

use super::words::Words;

/// What stands for a field's words.
pub(super) enum Want {
    /// This text, sealed with the case's key.
    Sealed(String),
    /// The case of this name, as far as another case knows it.
    Case(String),
    /// A file that shows this.
    File(String),
}

/// Something under the name of its field.
type Named<T> = (String, T);

/// The fields of a command, and those whose values are made.
pub(super) fn wants(command: &str, fields: &[Named<String>]) -> (Vec<Named<String>>, Vec<Named<Want>>) {
    let (mut given, mut made) = (Vec::new(), Vec::new());
    for (field, text) in fields {
        let (field, want) = match (command, field.as_str()) {
            ("link_duplicate", "other") | ("merge_into", "into") => {
                (field.as_str(), Some(Want::Case(text.trim_start_matches(['@', '＠']).to_owned())))
            }
            ("attach_evidence", "kind") => {
                let kind = Words::get().value(text).map_or_else(|| text.clone(), ToOwned::to_owned);
                ("file", Some(Want::File(kind)))
            }
            (_, field) if Words::get().is_sealed(field) => (field, Some(Want::Sealed(text.clone()))),
            (_, field) => (field, None),
        };
        given.push((field.to_owned(), text.clone()));
        made.extend(want.map(|want| (field.to_owned(), want)));
    }
    (given, made)
}

/// A photograph, the number of which tells it from others.
pub(super) fn file(number: u64, kind: &str) -> Value {
    json!({"id": format!("{number:064x}"), "kind": kind, "media_type": "image/jpeg", "bytes": 1})
}
