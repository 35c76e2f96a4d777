//! How long files and functions are.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

const MAX_FILE: usize = 600;
const MAX_FUNCTION: usize = 70;

/// A line if the file is long.
pub fn of_file(file: &str, content: &str) -> Option<String> {
    let lines = content.lines().count();
    (lines > MAX_FILE).then(|| format!("{file}: {lines} lines, more than {MAX_FILE}"))
}

/// A line for a long file, and one for each long function in it.
pub fn of_rust(file: &str, content: &str) -> Vec<String> {
    let mut found: Vec<String> = of_file(file, content).into_iter().collect();
    // What does not parse is the compiler's to complain of.
    if let Ok(syntax) = syn::parse_file(content) {
        let mut functions = Functions::default();
        functions.visit_file(&syntax);
        let long = functions.0.iter().filter(|function| function.lines > MAX_FUNCTION);
        found.extend(long.map(|Function { name, start, lines }| {
            format!("{file}:{start}: `{name}` has {lines} lines, more than {MAX_FUNCTION}")
        }));
    }
    found
}

#[derive(Default)]
struct Functions(Vec<Function>);

struct Function {
    name: String,
    /// The line of its signature.
    start: usize,
    /// From the signature to the closing brace: documentation and attributes do not count.
    lines: usize,
}

impl Functions {
    fn add(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let start = signature.span().start().line;
        let lines = block.span().end().line + 1 - start;
        self.0.push(Function { name: signature.ident.to_string(), start, lines });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.add(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A function of this many lines, with an attribute and documentation above.
    fn function(lines: usize) -> String {
        format!("/// Documented.\n#[inline]\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2))
    }

    #[test]
    fn functions_may_have_the_limit_and_no_line_more() {
        assert_eq!(of_rust("a.rs", &function(70)), Vec::<String>::new());
        assert_eq!(of_rust("a.rs", &function(71)), ["a.rs:3: `f` has 71 lines, more than 70"]);
    }

    #[test]
    fn functions_are_found_everywhere() {
        let long = function(71);
        for place in ["struct S; impl S {", "trait T {", "mod m {", "fn outer_of_few_lines() { } mod n {"] {
            assert_eq!(of_rust("a.rs", &format!("{place}\n{long}\n}}")).len(), 1, "{place}");
        }
    }

    #[test]
    fn files_may_have_the_limit_and_no_line_more() {
        assert_eq!(of_file("a.ts", &"\n".repeat(600)), None);
        assert!(of_file("a.ts", &"\n".repeat(601)).is_some());
    }
}
