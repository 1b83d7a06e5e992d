//! Excel workbooks: complaints and rules that come in, with every mistake in its cell.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};

use common::{code, counts, exported, file, import, last_json, run, stderr};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::Value;

fn moment(text: &str) -> ExcelDateTime {
    ExcelDateTime::parse_from_str(text).unwrap()
}

fn date() -> Format {
    Format::new().set_num_format("yyyy-mm-dd hh:mm")
}

fn saved(mut book: Workbook, dir: &Path, name: &str) -> PathBuf {
    let path = dir.join(name);
    book.save(&path).unwrap();
    path
}

/// A sheet as an office writes it: a title over everything, names of columns in two rows, dates as dates
/// and as texts, a telephone number as a number, formulas, empty rows with a frame at the end.
fn office() -> Workbook {
    let mut book = Workbook::new();
    let (plain, date) = (Format::new(), date());
    let sheet = book.add_worksheet();
    sheet.set_name("11月诉求").unwrap();
    sheet.merge_range(0, 0, 0, 6, "2026年11月诉求登记表", &plain).unwrap();
    for (column, name) in
        [(0, "工单编号"), (1, "受理时间（北京时间）"), (2, "诉求内容*"), (5, "事项编码"), (6, "领导批示")]
    {
        sheet.merge_range(1, column, 2, column, name, &plain).unwrap();
    }
    sheet.merge_range(1, 3, 1, 4, "诉求人", &plain).unwrap();
    sheet.write(2, 3, "姓名").unwrap().write(2, 4, "联系电话").unwrap();
    sheet.write(3, 0, "SZ-1").unwrap().write_with_format(3, 1, moment("2026-11-20T09:30:00"), &date).unwrap();
    sheet.write(3, 2, "路灯不亮，龙桥社区三号楼前。").unwrap().write(3, 3, "张三").unwrap();
    sheet.write(3, 4, 13_900_000_000.0).unwrap().write(3, 5, "0101").unwrap();
    sheet.write(4, 0, 20_261_120.0).unwrap().write(4, 1, "2026/11/20 9:31").unwrap();
    sheet.write(4, 2, Formula::new("=\"占道\"&\"经营\"").set_result("占道经营，请来人看看。")).unwrap();
    sheet
        .write(5, 0, "SZ-3")
        .unwrap()
        .write(5, 1, "2026年11月20日 9:32")
        .unwrap()
        .write(5, 2, "垃圾没人收。")
        .unwrap();
    for row in 6..40 {
        sheet.write_blank(row, 0, &Format::new().set_border(rust_xlsxwriter::FormatBorder::Thin)).unwrap();
    }
    let hidden = book.add_worksheet();
    hidden.set_name("旧表").unwrap().set_hidden(true);
    hidden
        .write(0, 0, "external_id")
        .unwrap()
        .write(0, 1, "received_at")
        .unwrap()
        .write(1, 0, "OLD")
        .unwrap();
    let english = book.add_worksheet();
    english.set_name("English").unwrap();
    for (column, name) in (0..).zip(["external_id", "received_at", "title", "reporter_phone"]) {
        english.write(0, column, name).unwrap();
    }
    english.write(1, 0, "EN-1").unwrap().write(1, 1, "2026-11-20T01:33:00Z").unwrap();
    english.write(1, 2, "Street light out").unwrap().write(1, 3, "13900000001").unwrap();
    let notes = book.add_worksheet();
    notes.set_name("填写说明").unwrap().write(0, 0, "请逐行填写。").unwrap();
    book
}

#[test]
fn a_sheet_as_an_office_writes_it_comes_in() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let path = saved(office(), dir.path(), "诉求.xlsx");
    assert_eq!(counts(&import(&data, &path, &["--source", "12345"])), [4, 4, 0, 0, 0]);
    assert_eq!(counts(&import(&data, &path, &["--source", "12345"])), [4, 0, 0, 4, 0], "again: nothing new");
    let mut rows: Vec<_> = exported(&data)
        .iter()
        .map(|row| format!("{} {} {}", row["external_id"], row["received_at"], row["item"]).replace('"', ""))
        .collect();
    rows.sort();
    let wanted = [
        "20261120 2026-11-20T09:31:00+08:00 null",
        "EN-1 2026-11-20T09:33:00+08:00 null",
        "SZ-1 2026-11-20T09:30:00+08:00 0101",
        "SZ-3 2026-11-20T09:32:00+08:00 null",
    ];
    assert_eq!(rows, wanted);
}

#[test]
fn a_sheet_and_its_csv_are_the_same_complaints() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let path = saved(office(), dir.path(), "诉求.xlsx");
    import(&data, &path, &["--source", "12345"]);
    let csv = "外部编号,受理时间,诉求内容,诉求人姓名,联系电话,事项编码\n\
               SZ-1,2026-11-20T09:30:00+08:00,路灯不亮，龙桥社区三号楼前。,张三,13900000000,0101\n";
    let csv = file(dir.path(), "t.csv", csv.as_bytes());
    assert_eq!(counts(&import(&data, &csv, &["--source", "12345"])), [1, 0, 0, 1, 0]);
}

/// `Sheet!A1 CODE` of every fault.
fn faults(document: &Value) -> Vec<String> {
    let faults = document["faults"].as_array().expect("faults");
    faults
        .iter()
        .map(|fault| format!("{} {}", fault["cell"].as_str().unwrap_or(""), fault["code"].as_str().unwrap()))
        .collect()
}

fn spoilt() -> Workbook {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("诉求").unwrap();
    for (column, name) in
        (0..).zip(["外部编号", "受理时间", "内容", "身份证号", "联系电话", "事项", "纬度", "经度"])
    {
        sheet.write(0, column, name).unwrap();
    }
    for row in 1..=9 {
        sheet.write(row, 0, format!("S-{row}")).unwrap().write(row, 2, "没有人管。").unwrap();
        sheet.write_with_format(row, 1, moment("2026-11-20T09:30:00"), &date()).unwrap();
    }
    sheet.write(2, 1, 46_346.4).unwrap();
    sheet.write(2, 3, 320_506_199_001_011_234.0).unwrap();
    sheet.write(3, 4, "1.39E+10").unwrap().write(3, 5, 101.0).unwrap();
    sheet.write(4, 1, "昨天").unwrap().write(4, 6, 131.2).unwrap().write(4, 7, 31.3).unwrap();
    sheet.write(5, 2, Formula::new("=A1/0").set_result("#DIV/0!")).unwrap();
    sheet.write(6, 1, "").unwrap().write_blank(6, 1, &date()).unwrap();
    sheet.merge_range(7, 3, 8, 3, "合并", &Format::new()).unwrap();
    sheet.write(9, 9, "边上的话").unwrap();
    book
}

#[test]
fn every_mistake_is_named_by_its_cell_and_nothing_is_imported() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let path = saved(spoilt(), dir.path(), "错.xlsx");
    let output = run(&data, &["import", path.to_str().unwrap()]);
    assert_eq!(code(&output), 1);
    let document = last_json(&output);
    let wanted = [
        "诉求!B3 CELL_DATE_IS_NUMBER",
        "诉求!D3 CELL_DIGITS_LOST",
        "诉求!E4 CELL_NUMBER_SHORTENED",
        "诉求!F4 CELL_CODE_IS_NUMBER",
        "诉求!B5 TIME_INVALID",
        "诉求!G5 OUT_OF_RANGE",
        "诉求!C6 CELL_ERROR",
        "诉求!B7 RECEIVED_AT_MISSING",
        "诉求!D8 CELL_MERGED",
        "诉求!J10 CELL_WITHOUT_COLUMN",
    ];
    assert_eq!(faults(&document), wanted);
    assert_eq!(
        (&document["read"], &document["rejected"], &document["opened"]),
        (&9.into(), &7.into(), &0.into())
    );
    assert!(stderr(&output).contains("诉求!F4") && stderr(&output).contains("0101"), "{}", stderr(&output));
    assert!(!data.exists(), "a file with mistakes leaves no trace");

    let checked = run(&data, &["import", path.to_str().unwrap(), "--check"]);
    assert_eq!((code(&checked), faults(&last_json(&checked)).len()), (1, 10));
    assert_eq!(counts(&import(&data, &path, &["--sound-rows"])), [9, 2, 0, 0, 7]);
}

#[test]
fn of_ten_thousand_mistakes_the_first_are_told_and_the_rest_counted() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "受理时间").unwrap().write(0, 1, "标题").unwrap();
    for row in 1..=10_000 {
        sheet.write(row, 0, "?").unwrap().write(row, 1, "路灯").unwrap();
    }
    let path = saved(book, dir.path(), "many.xlsx");
    let output = run(&dir.path().join("data"), &["import", path.to_str().unwrap()]);
    let document = last_json(&output);
    assert_eq!((faults(&document).len(), &document["more_faults"]), (200, &9_800.into()));
    assert_eq!(faults(&document)[199], "Sheet1!A201 TIME_INVALID");
    assert!(stderr(&output).contains("另有 9800 处"), "{}", stderr(&output));
}

#[test]
fn what_is_no_workbook_is_said_in_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let refused = |name: &str, bytes: &[u8]| {
        let path = file(dir.path(), name, bytes);
        let output = run(&data, &["--json", "import", path.to_str().unwrap()]);
        assert_eq!(code(&output), 2, "{}", stderr(&output));
        last_json(&output)["error"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused("a.xlsx", b"external_id,title\n"), "FORMAT_UNSUPPORTED");
    assert_eq!(refused("b.xlsx", b"PK\x03\x04 and then nothing"), "WORKBOOK_DAMAGED");
    let compound = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    assert_eq!(refused("c.xls", &compound), "FORMAT_UNSUPPORTED");
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(refused("d.xlsx", &[&compound[..], &name].concat()), "WORKBOOK_PASSWORD");
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "别的东西").unwrap();
    assert_eq!(refused("e.xlsx", &book.save_to_buffer().unwrap()), "SHEET_HEADER_MISSING");
}

#[test]
fn the_rules_go_out_to_excel_and_come_back_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
    let rules = dir.path().join("rules");
    for name in [
        "org/units.csv",
        "calendar/cn.json",
        "policy/catalogue.csv",
        "policy/sla.toml",
        "policy/ladder.toml",
        "policy/community.csv",
    ] {
        std::fs::create_dir_all(rules.join(name).parent().unwrap()).unwrap();
        std::fs::copy(deploy.join(name), rules.join(name)).unwrap();
    }
    let book = dir.path().join("rules.xlsx");
    let (book, rules) = (book.to_str().unwrap(), rules.to_str().unwrap());
    assert_eq!(code(&run(&data, &["policy", "export", book, "--policy", rules])), 0);
    let checked = run(&data, &["policy", "check", book]);
    assert_eq!(code(&checked), 0, "{}", stderr(&checked));
    let output = run(&data, &["policy", "import", book, "--into", rules]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let diff = run(&data, &["--json", "policy", "diff", deploy.to_str().unwrap(), rules]);
    assert_eq!(last_json(&diff)["changes"], serde_json::json!([]));
}

#[test]
fn mistakes_in_units_and_catalogue_are_named_by_their_cells_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let mut book = Workbook::new();
    let units = book.add_worksheet();
    units.set_name("单位").unwrap();
    units.merge_range(0, 0, 0, 4, "吴中区单位", &Format::new()).unwrap();
    for (column, name) in (0..).zip(["单位编码", "单位名称", "类型", "上级编码", "生效日期", "电话"])
    {
        units.write(1, column, name).unwrap();
    }
    units.write(2, 0, 320_506.0).unwrap().write(2, 1, "吴中区").unwrap().write(2, 2, "区").unwrap();
    units.write(4, 0, 320_506_001.0).unwrap().write(4, 1, "长桥街道").unwrap().write(4, 2, "街道").unwrap();
    units.write(4, 3, 320_506.0).unwrap().write_with_format(4, 4, moment("2026-01-01"), &date()).unwrap();
    let catalogue = book.add_worksheet();
    catalogue.set_name("事项").unwrap();
    let columns = [
        "事项编码",
        "事项名称",
        "最低层级",
        "牵头",
        "协办",
        "先期处置",
        "办结时限",
        "时限类别",
        "来源",
        "备注",
    ];
    for (column, name) in (0..).zip(columns) {
        catalogue.write(0, column, name).unwrap();
    }
    for (row, code) in [(1, "0101"), (2, "0102")] {
        catalogue.write(row, 0, code).unwrap().write(row, 1, format!("事项{row}")).unwrap();
        catalogue.write(row, 2, "网格").unwrap().write(row, 3, "社区").unwrap().write(row, 7, "N2").unwrap();
    }
    catalogue.write(1, 0, 101.0).unwrap();
    catalogue.write(2, 6, "五天").unwrap().write(2, 7, "N9").unwrap();
    let path = saved(book, dir.path(), "rules.xlsx");
    let output = run(dir.path(), &["--json", "policy", "check", path.to_str().unwrap()]);
    assert_eq!(code(&output), 1);
    let found = faults(&last_json(&output));
    assert!(found.contains(&"单位!F2 TABLE_COLUMN_UNKNOWN".to_owned()), "{found:?}");
    for wanted in ["事项!A2 CELL_CODE_IS_NUMBER", "事项!G3 BUDGET_INVALID"] {
        assert!(found.contains(&wanted.to_owned()), "{found:?}");
    }
    let rules = dir.path().join("rules");
    std::fs::create_dir_all(&rules).unwrap();
    std::fs::copy(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/policy/sla.toml"),
        rules.join("sla.toml"),
    )
    .unwrap();
    let refused =
        run(dir.path(), &["policy", "import", path.to_str().unwrap(), "--into", rules.to_str().unwrap()]);
    assert_eq!(code(&refused), 1, "{}", stderr(&refused));
    assert!(!rules.join("policy").exists() && !rules.join("org").exists());
}
