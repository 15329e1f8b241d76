//! Tells the program which tract it was built with: the version in Cargo.lock.

fn main() {
    let lock = std::fs::read_to_string("Cargo.lock").expect("Cargo.lock must be there");
    let after = lock.split("name = \"tract-onnx\"\nversion = \"").nth(1).expect("tract-onnx must be in Cargo.lock");
    let version = after.split('"').next().expect("a version ends with a quote");
    println!("cargo:rustc-env=TRACT_VERSION={version}");
    println!("cargo:rerun-if-changed=Cargo.lock");
}
