//! Rules on the text of files.

/// The only folder of the web app that may import the generated client.
const SDK: &str = "web/src/sdk/";
const GENERATED: &str = "sdk/generated";

/// Where people's and builders' folders are. Written in two parts: this file is checked too.
const MACHINE_FOLDERS: [&str; 5] =
    [concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("/wo", "rk/"), concat!("/t", "mp/")];

/// Lines of a TypeScript file that import the generated client without being in the SDK.
pub fn imports_of_generated_client(file: &str, content: &str) -> Vec<String> {
    if !file.starts_with("web/") || file.starts_with(SDK) {
        return Vec::new();
    }
    let names_it =
        |line: &str| ['\'', '"', '`'].iter().any(|quote| quoted(line, *quote).any(|s| s.contains(GENERATED)));
    lines_where(content, |line| !line.trim_start().starts_with("//") && names_it(line))
        .map(|number| format!("{file}:{number}: only {SDK} may import the generated client"))
        .collect()
}

/// Lines that name a folder that is on one machine only.
pub fn machine_paths(file: &str, content: &str) -> Vec<String> {
    let begins_path = |before: Option<char>| before.is_none_or(|c| !(c.is_alphanumeric() || "/.-_~}*".contains(c)));
    let names_one = |line: &str| {
        MACHINE_FOLDERS
            .iter()
            .any(|folder| line.match_indices(folder).any(|(at, _)| begins_path(line[..at].chars().next_back())))
    };
    lines_where(content, names_one).map(|number| format!("{file}:{number}: names a folder of one machine")).collect()
}

fn lines_where(content: &str, is_found: impl Fn(&str) -> bool) -> impl Iterator<Item = usize> {
    content.lines().enumerate().filter(move |(_, line)| is_found(line)).map(|(index, _)| index + 1)
}

/// What stands between each two of the quotes.
fn quoted(line: &str, quote: char) -> impl Iterator<Item = &str> {
    line.split(quote).skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sdk_imports_the_generated_client() {
        let forms = [
            "import type { Snapshot } from '../../sdk/generated/sealpost_client_wasm'",
            "const client = await import(\"@/sdk/generated/sealpost_client_wasm\")",
            "new URL(`./sdk/generated/sealpost_client_wasm_bg.wasm`, import.meta.url)",
        ];
        for form in forms {
            assert_eq!(imports_of_generated_client("web/src/app/App.tsx", form).len(), 1, "{form}");
            assert_eq!(imports_of_generated_client("web/src/sdk/worker.ts", form), Vec::<String>::new(), "{form}");
        }
        let harmless = "import { useSnapshot } from '../sdk'\n// sdk/generated is the worker's\n";
        assert_eq!(imports_of_generated_client("web/src/app/App.tsx", harmless), Vec::<String>::new());
    }

    #[test]
    fn names_the_line_with_a_machine_path() {
        let home = MACHINE_FOLDERS[0];
        let content = format!("fine\nsee {home}me/notes\n");
        assert_eq!(machine_paths("a.md", &content), ["a.md:2: names a folder of one machine"]);
        assert_eq!(machine_paths("a.rs", &format!("\"{home}me\"")).len(), 1);
    }

    #[test]
    fn parts_of_other_paths_are_not_machine_paths() {
        for part in ["https://example.org", "..", "var"] {
            assert_eq!(machine_paths("a.md", &format!("{part}{}x", MACHINE_FOLDERS[0])), Vec::<String>::new());
        }
    }
}
