"""Writes packages/onnx/proto/operators.txt: the operator definitions that the checker of @mfm/onnx goes by, out of the schemas that the
Python package `onnx` is built with (Apache-2.0, https://github.com/onnx/onnx).

    python interop/python/operator_schemas.py packages/onnx/proto/operators.txt
"""

import sys

import onnx
from onnx import defs

DOMAINS = ["", "ai.onnx.ml", "ai.onnx.preview", "ai.onnx.preview.training"]
Option = defs.OpSchema.FormalParameterOption
OPTION = {Option.Single: "", Option.Optional: "?", Option.Variadic: "*"}


def types_of(constraint):
    return " ".join(text.replace(" ", "") for text in constraint.allowed_type_strs)


def parameter(formal):
    mixed = "" if formal.is_homogeneous else "~"
    return f"{formal.name}{OPTION[formal.option]}{mixed}:{formal.type_str.replace(' ', '')}"


def count(least, most):
    return f"{least}..{'inf' if most > 10**6 else most}"


def line(schema, numbers):
    name = f"{schema.domain}::{schema.name}" if schema.domain else schema.name
    attributes = [f"{key}={value.type.name.lower()}{'!' if value.required else ''}" for key, value in sorted(schema.attributes.items())]
    variables = [f"{c.type_param_str}={numbers[types_of(c)]}" for c in schema.type_constraints]
    fields = [
        f"{name} {schema.since_version}{' deprecated' if schema.deprecated else ''}",
        " ".join([count(schema.min_input, schema.max_input), *map(parameter, schema.inputs)]),
        " ".join([count(schema.min_output, schema.max_output), *map(parameter, schema.outputs)]),
        " ".join(attributes),
        " ".join(variables),
    ]
    return " | ".join(fields).rstrip()


def main(path):
    known = (schema for schema in defs.get_all_schemas_with_history() if schema.domain in DOMAINS)
    schemas = sorted(known, key=lambda schema: (schema.domain, schema.name, schema.since_version))
    numbers = {}
    for schema in schemas:
        for constraint in schema.type_constraints:
            numbers.setdefault(types_of(constraint), len(numbers))
    head = [
        f"# Operator schemas of ONNX {onnx.__version__}: domains {', '.join(domain or 'ai.onnx' for domain in DOMAINS)}. Generated; do not edit.",
        "# set <number> = <types>",
        "# <operator> <since version>[ deprecated] | inputs <least>..<most>: name[? optional|* variadic][~ of mixed types]:type … | outputs … | attributes (! required) | type variables",
    ]
    sets = [f"set {number} = {text}" for text, number in numbers.items()]
    with open(path, "w", encoding="utf8") as file:
        file.write("\n".join([*head, *sets, *(line(schema, numbers) for schema in schemas)]) + "\n")


main(sys.argv[1])
