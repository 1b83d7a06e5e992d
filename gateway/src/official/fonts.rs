//! The fonts of the machine, for PDF: a Chinese one first, and others for what it lacks. What a page uses of
//! them is embedded; a machine that has no Chinese font is told so.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use fontdb::{Database, FaceInfo, ID, Style, Weight};
use krilla::text::Font;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// What the machine has; read once.
static INSTALLED: LazyLock<Database> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    fonts
});

/// Families that look like an official page, the best first.
const FAMILIES: [&str; 14] = [
    "FangSong",
    "STFangsong",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Noto Serif SC",
    "SimSun",
    "Songti SC",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
];

/// Every page has these.
const NEEDED: &str = "督办单通报工";
/// Faces that are asked for what others lack.
const MOST: usize = 40;

/// The faces of one page.
pub struct Fonts {
    faces: Vec<Face>,
}

struct Face {
    data: Vec<u8>,
    index: u32,
    font: Font,
}

impl Fonts {
    /// Faces that have these characters; none where the machine has no Chinese font.
    pub fn for_text<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Fonts> {
        Self::among(&INSTALLED, texts)
    }

    fn among<'t>(installed: &Database, texts: impl Iterator<Item = &'t str>) -> Option<Fonts> {
        let mut missing: BTreeSet<char> = texts.flat_map(str::chars).filter(|c| !c.is_control()).collect();
        missing.extend(NEEDED.chars());
        let mut faces = Vec::new();
        for id in candidates(installed).into_iter().take(MOST) {
            let first = faces.is_empty();
            let found = installed.with_face_data(id, |data, index| {
                let font = FontRef::from_index(data, index).ok()?;
                let charmap = font.charmap();
                let has = |c: &char| charmap.map(*c).is_some();
                if first && !NEEDED.chars().all(|c| has(&c)) {
                    return None;
                }
                let found: Vec<char> = missing.iter().copied().filter(|c| has(c)).collect();
                (!found.is_empty()).then(|| (data.to_vec(), index, found))
            });
            let Some(Some((data, index, found))) = found else { continue };
            let Some(font) = Font::new(data.clone().into(), index) else { continue };
            missing.retain(|c| !found.contains(c));
            faces.push(Face { data, index, font });
            if missing.is_empty() {
                break;
            }
        }
        (!faces.is_empty()).then_some(Fonts { faces })
    }

    /// The face that has this character, and how wide it is at size one. What nobody has is shown as a box.
    pub(super) fn glyph(&self, c: char) -> (usize, char, f32) {
        let own = self.width(c);
        let (face, width) = own.or_else(|| self.width('□')).unwrap_or((0, 1.0));
        (face, if own.is_some() { c } else { '□' }, width)
    }

    fn width(&self, c: char) -> Option<(usize, f32)> {
        self.faces.iter().enumerate().find_map(|(place, face)| {
            let font = FontRef::from_index(&face.data, face.index).ok()?;
            let glyph = font.charmap().map(c)?;
            let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
            Some((place, metrics.advance_width(glyph)?))
        })
    }

    /// The face at this place.
    pub(super) fn face(&self, place: usize) -> Option<Font> {
        self.faces.get(place).map(|face| face.font.clone())
    }
}

/// Upright faces of plain weight, the best families first.
fn candidates(installed: &Database) -> Vec<ID> {
    let place = |face: &FaceInfo| {
        let named = |family: &str| face.families.iter().any(|(name, _)| name.eq_ignore_ascii_case(family));
        FAMILIES.iter().position(|family| named(family)).unwrap_or(FAMILIES.len())
    };
    let mut faces: Vec<&FaceInfo> = installed
        .faces()
        .filter(|face| face.style == Style::Normal && face.weight <= Weight::MEDIUM)
        .collect();
    faces.sort_by_key(|face| {
        let broad = face.families.iter().any(|(name, _)| name.contains("CJK"));
        (place(face), !broad, face.weight.0.abs_diff(400), face.post_script_name.clone())
    });
    faces.into_iter().map(|face| face.id).collect()
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn a_machine_without_a_chinese_font_has_none_to_offer() {
        assert!(Fonts::among(&Database::new(), ["督办单"].into_iter()).is_none());
    }
}
