//! A fault found in something that came from outside: a file, a row, a message.
//!
//! Readers never stop at the first one: they return every fault they can find,
//! each with where it is and a sentence in both languages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 错误及其位置 · one mistake in an outside input, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Fault {
    /// 稳定代码 · stable code, `UPPER_SNAKE`; `docs/errors/<code>.md` explains it.
    pub code: String,
    /// 文件 · file name as the caller gave it; empty for a message or a request.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// 行号，从 1 起 · line, counted from 1, where the input has lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// 单元格 · cell of a workbook, e.g. `诉求!C17`; only files that people hand in have one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(skip)]
    pub cell: String,
    /// 出错字段 · field, column or key that is wrong, e.g. `data.received_at`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// 中文说明 · what a clerk reads, Chinese. Never quotes personal data.
    pub zh: String,
    /// 英文说明 · the same sentence in English.
    pub en: String,
}

impl Fault {
    /// A fault without a place yet.
    pub fn new(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            file: String::new(),
            line: None,
            cell: String::new(),
            field: String::new(),
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// The same fault, in this file.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        file.clone_into(&mut self.file);
        self
    }

    /// The same fault, on this line (counted from 1).
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The same fault, in this cell of a workbook.
    #[must_use]
    pub fn in_cell(mut self, cell: String) -> Self {
        self.cell = cell;
        self
    }

    /// The same fault, in this field.
    #[must_use]
    pub fn in_field(mut self, field: &str) -> Self {
        field.clone_into(&mut self.field);
        self
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
        }
        match self.line {
            _ if !self.cell.is_empty() => write!(f, " {}:", self.cell)?,
            Some(line) => write!(f, "{line}:")?,
            None => {}
        }
        if !self.field.is_empty() {
            write!(f, " {}:", self.field)?;
        }
        write!(f, " {} {} / {}", self.code, self.zh, self.en)
    }
}
