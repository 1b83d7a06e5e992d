//! Fields of forms: one description, one template, the input kept when a form comes back.

use std::collections::HashMap;

use domain::ids::Rung;

use super::lang::Lang;
use super::words;
use crate::http::App;

/// What was typed into a form.
pub type Input = HashMap<String, String>;

/// How a field looks.
pub enum FieldKind {
    /// A line of this HTML input type.
    Line(&'static str),
    /// Several lines.
    Area,
    /// A pick list.
    Select,
    /// One of few, all visible.
    Choice,
    /// Yes or no.
    Tick,
}

/// A choice of a field.
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

/// A field.
pub struct Field {
    /// Unique on the page.
    pub id: String,
    /// What it is sent as.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// How to fill it in.
    pub hint: &'static str,
    /// How it looks.
    pub kind: FieldKind,
    /// What it holds.
    pub value: String,
    /// What can be chosen.
    pub options: Vec<Choice>,
    /// Must be filled in.
    pub required: bool,
    /// Name of a list of suggestions.
    pub list: &'static str,
}

impl Field {
    fn new(name: &'static str, label: &'static str, kind: FieldKind) -> Field {
        Field {
            id: name.to_owned(),
            name,
            label,
            hint: "",
            kind,
            value: String::new(),
            options: Vec::new(),
            required: false,
            list: "",
        }
    }

    /// One line.
    pub fn line(name: &'static str, label: &'static str) -> Field {
        Field::new(name, label, FieldKind::Line("text"))
    }

    /// One line of another input type.
    pub fn typed(name: &'static str, label: &'static str, kind: &'static str) -> Field {
        Field::new(name, label, FieldKind::Line(kind))
    }

    /// Several lines.
    pub fn area(name: &'static str, label: &'static str) -> Field {
        Field::new(name, label, FieldKind::Area)
    }

    /// Yes or no.
    pub fn tick(name: &'static str, label: &'static str) -> Field {
        Field::new(name, label, FieldKind::Tick)
    }

    /// A pick list.
    pub fn select(name: &'static str, label: &'static str, options: Vec<Choice>) -> Field {
        Field { options, ..Field::new(name, label, FieldKind::Select) }
    }

    /// One of few.
    pub fn choice(name: &'static str, label: &'static str, options: Vec<Choice>) -> Field {
        Field { options, ..Field::new(name, label, FieldKind::Choice) }
    }

    /// A unit, by code, with suggestions.
    pub fn unit(name: &'static str, label: &'static str) -> Field {
        Field { list: "units", ..Field::line(name, label) }
    }

    /// The same, and it must be filled in.
    #[must_use]
    pub fn required(mut self) -> Field {
        self.required = true;
        self
    }

    /// The same, with a hint.
    #[must_use]
    pub fn hint(mut self, hint: &'static str) -> Field {
        self.hint = hint;
        self
    }

    /// The same, holding this.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Field {
        self.value = value.into();
        self
    }

    /// The same, unique among the forms of a page.
    #[must_use]
    pub fn within(mut self, form: &str) -> Field {
        self.id = format!("{form}-{}", self.name);
        self
    }

    /// The same, holding what was typed before.
    #[must_use]
    pub fn kept(mut self, input: Option<&Input>) -> Field {
        if let Some(typed) = input.and_then(|input| input.get(self.name)) {
            self.value.clone_from(typed);
        }
        self
    }
}

/// A choice.
pub fn option(value: impl Into<String>, label: impl Into<String>) -> Choice {
    Choice { value: value.into(), label: label.into() }
}

/// Yes and no.
pub fn yes_no(l: Lang) -> Vec<Choice> {
    vec![option("true", l.t("是", "Yes")), option("false", l.t("否", "No"))]
}

/// Every item of the catalogue, after an empty choice.
pub fn items(app: &App, empty: &str) -> Vec<Choice> {
    let rules = app.rules();
    let items = rules.policy.catalogue.items().iter();
    let named = items.map(|item| option(item.code.as_str(), format!("{} {}", item.code, item.name)));
    std::iter::once(option("", empty)).chain(named).collect()
}

/// Every rung, after an empty choice.
pub fn rungs(l: Lang, empty: &str) -> Vec<Choice> {
    let named = Rung::ALL.into_iter().map(|rung| option(rung.as_str(), words::rung(rung, l)));
    std::iter::once(option("", empty)).chain(named).collect()
}

/// A unit among the suggestions.
pub struct UnitChoice {
    /// Code.
    pub code: String,
    /// Name.
    pub label: String,
}

/// Units that a reader may name, for the list of suggestions: all of them, because a street
/// dispatches to departments beside it.
pub fn units(app: &App, l: Lang) -> Vec<UnitChoice> {
    let rules = app.rules();
    let all = rules.org.units().iter();
    all.map(|unit| UnitChoice { code: unit.code.to_string(), label: words::unit(&rules.org, &unit.code, l) })
        .collect()
}
