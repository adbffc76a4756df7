"""Templates: reading, parameters, functions, order, and a message for each mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluelocal.templates.intrinsics import Scope, resolve
from gluelocal.templates.template import BoundTemplate, load_template
from gluelocal.templates.template_yaml import TemplateError

pytestmark = pytest.mark.unit

PSEUDO = {
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::StackName": "stack",
}
TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Env: {Type: String, AllowedValues: [dev, prod], Default: dev}
  Size: {Type: Number, MinValue: 1, MaxValue: 9, Default: 3}
  Names: {Type: CommaDelimitedList, Default: "a, b"}
Mappings:
  Sizes:
    dev: {hours: 1}
    prod: {hours: 24}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsBig: !Not [!Equals [!Ref Size, 3]]
  Both: !And [!Condition IsProd, !Condition IsBig]
  Either: !Or [!Condition IsProd, {Condition: IsBig}]
Resources:
  Second:
    Type: Some::Type
    Properties:
      Value: %s
  First:
    Type: Some::Type
    Properties: {Name: first}
  OnlyProd:
    Type: Some::Type
    Condition: IsProd
"""


def bound(tmp_path: Path, text: str, **parameters: str) -> BoundTemplate:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    return load_template(path).bind(parameters, PSEUDO)


def attribute(logical_id: str, name: str | None) -> Any:
    if logical_id == "OnlyProd":
        raise LookupError("its condition is false")
    return f"{logical_id}-id" if name is None else f"{logical_id}.{name}"


def value(tmp_path: Path, function: str, **parameters: str) -> Any:
    template = bound(tmp_path, TEMPLATE % function, **parameters)
    return template.properties(template.template.resources["Second"], attribute).get("Value", "left out")


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("plain", "plain"),
        ("!Ref Env", "dev"),
        ("!Ref AWS::Region", "eu-central-1"),
        ("!Ref Names", ["a", "b"]),
        ("!Ref First", "First-id"),
        ("{Ref: First}", "First-id"),
        ("!GetAtt First.Arn", "First.Arn"),
        ("!GetAtt First.Endpoint.Address", "First.Endpoint.Address"),
        ("!GetAtt [First, Arn]", "First.Arn"),
        ("{'Fn::GetAtt': First.Arn}", "First.Arn"),
        ("!Ref AWS::NoValue", "left out"),
        ("[1, !Ref AWS::NoValue, 2]", [1, 2]),
        ('!Sub "${Env}-${First}-${First.Arn}-${!Env}-${AWS::Region}"', "dev-First-id-First.Arn-${Env}-eu-central-1"),
        ('!Sub ["${x}/${Env}", {x: !Ref Size}]', "3/dev"),
        ('!Join ["-", [a, !Ref Env, 3, true]]', "a-dev-3-true"),
        ('!Join [",", !Ref Names]', "a,b"),
        ('!Select [1, !Split ["/", "x/y/z"]]', "y"),
        ("!Select ['0', !Ref Names]", "a"),
        ("!FindInMap [Sizes, !Ref Env, hours]", 1),
        ("!If [IsProd, yes-it-is, !Ref Env]", "dev"),
        ("!If [IsProd, x, !Ref AWS::NoValue]", "left out"),
        (
            "{Version: 2012-10-17, Condition: {Bool: {a: 'true'}}}",
            {"Version": "2012-10-17", "Condition": {"Bool": {"a": "true"}}},
        ),
    ],
)
def test_functions(tmp_path: Path, function: str, expected: Any) -> None:
    assert value(tmp_path, function) == expected


@pytest.mark.parametrize(
    ("condition", "parameters", "holds"),
    [
        ("IsProd", {"Env": "prod"}, True),
        ("IsBig", {"Size": "4"}, True),
        ("Both", {"Env": "prod", "Size": "4"}, True),
        ("Both", {"Env": "prod"}, False),
        ("Either", {"Size": "4"}, True),
        ("Either", {}, False),
    ],
)
def test_conditions(tmp_path: Path, condition: str, parameters: dict[str, str], holds: bool) -> None:
    assert value(tmp_path, f"!If [{condition}, 'yes', 'no']", **parameters) == ("yes" if holds else "no")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("!ImportValue x", "Second: the function Fn::ImportValue is not supported here; use one of Fn::And"),
        ("!Cidr [a, 1]", "Fn::Cidr is not supported"),
        ("{'Fn::Sub': a, other: b}", "Fn::Sub must be the only key"),
        ("!Ref Nothing", "Second: Nothing is neither a parameter nor a resource of this template; correct the name"),
        ('!Sub "${Nothing.Arn}"', "Nothing is neither a parameter nor a resource"),
        ("!If [IsProd, !Ref Nothing, x]", "Nothing is neither a parameter nor a resource"),
        ("!GetAtt First", "Fn::GetAtt takes a logical id and an attribute name"),
        ("!Ref OnlyProd", "Second: Ref OnlyProd refers to nothing: its condition is false"),
        ("!If [NoSuch, a, b]", "the condition 'NoSuch' is not in the Conditions section"),
        ("!If [IsProd, a]", "Fn::If takes a list of 3 items"),
        ("!Select [5, !Ref Names]", "Fn::Select can't take item 5"),
        ("!FindInMap [Sizes, test, hours]", "finds no Sizes / test / hours in the Mappings section"),
        ("!Join [',', text]", "Fn::Join takes a list of strings"),
        ("!Sub [a]", "Fn::Sub takes a list of 2 items"),
        ("!Sub [a, b]", "Fn::Sub takes a string, or a string and a mapping"),
        ("!Equals [a, b]", "belong into the Conditions section"),
    ],
)
def test_wrong_functions_are_errors_with_template_and_logical_id(tmp_path: Path, function: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        value(tmp_path, function)
    assert message in str(caught.value)
    assert str(tmp_path / "template.yaml") in str(caught.value)


def test_parameters(tmp_path: Path) -> None:
    text = "Resources: {A: {Type: T, Properties: {V: !Ref P}}}\nParameters: {P: %s}"
    good = [
        ("{Type: String}", "x"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "abc"),
        ("{Type: Number, MinValue: 2}", "2"),
        ("{Type: String, MaxLength: 2}", "ab"),
    ]
    for definition, given_value in good:
        assert bound(tmp_path, text % definition, P=given_value).values["P"] == given_value
    bad = [
        ("{Type: String}", None, "the parameter P has no default and no value was given: give --parameters P="),
        ("{Type: String, AllowedValues: [a, b]}", "c", "can't be 'c': AllowedValues is ['a', 'b']"),
        ("{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: a to z}", "A", "can't be 'A': a to z"),
        ("{Type: Number}", "many", "takes a number, not 'many'"),
        ("{Type: Number, MaxValue: 3}", "4", "can't be '4': MaxValue is 3"),
        ("{Type: String, MinLength: 1}", "", "MinLength is 1"),
        ("{Type: 'AWS::SSM::Parameter::Value<String>'}", "x", "the type AWS::SSM::Parameter::Value<String> is not"),
        ("{Type: String, Wrong: 1}", "x", "Wrong is not supported"),
    ]
    for definition, bad_value, message in bad:
        with pytest.raises(TemplateError) as caught:
            bound(tmp_path, text % definition, **({} if bad_value is None else {"P": bad_value}))
        assert message in str(caught.value)
    with pytest.raises(TemplateError, match="there is no parameter Q; leave it out"):
        bound(tmp_path, text % "{Type: String}", P="x", Q="y")


def test_resources_come_after_what_they_need(tmp_path: Path) -> None:
    template = bound(
        tmp_path,
        """
Resources:
  A: {Type: T, Properties: {V: !Sub "${B.Arn}"}}
  B: {Type: T, DependsOn: C}
  C: {Type: T, Properties: {V: [{W: !GetAtt D.Arn}]}}
  D: {Type: T}
""",
    )
    assert [resource.logical_id for resource in template.order()] == ["D", "C", "B", "A"]


def test_outputs_are_strings_and_obey_conditions(tmp_path: Path) -> None:
    outputs = """
Outputs:
  Arn: {Value: !GetAtt First.Arn, Export: {Name: x}}
  Size: {Value: !Ref Size}
  Prod: {Value: x, Condition: IsProd}
"""
    assert bound(tmp_path, TEMPLATE % "x" + outputs).outputs(attribute) == {"Arn": "First.Arn", "Size": "3"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources: [", "not YAML that CloudFormation takes"),
        ("[]", "a template is a mapping"),
        ("Resources: {A: {Type: T}, A: {Type: T}}", "the key 'A' comes twice"),
        ("Resources: {}", "the template has no Resources"),
        ("Resources: {A: {Type: T}}\nTransform: AWS::Serverless-2016-10-31", "Transform is not supported"),
        ("Resources: {A: {Properties: {}}}", "A: the resource has no Type"),
        ("Resources: {A: {Type: T, CreationPolicy: {}}}", "A: CreationPolicy is not supported"),
        ("Resources: {A: []}", "A: a mapping is expected here"),
        ("Resources: {A: {Type: T, DependsOn: Z}}", "A: Z is neither a parameter nor a resource"),
        ("Resources: {A: {Type: T, Properties: {V: !Ref B}}, B: {Type: T, Properties: {V: !Ref A}}}", "in a circle"),
        ("Resources: {A: {Type: T}}\nOutputs: {O: {Description: d}}", "output O: it has no Value"),
        ("Resources: {A: {Type: T}}\nOutputs: {O: {Value: !Ref Z}}", "Outputs: Z is neither a parameter"),
        ("Resources: {A: {Type: T}}\nConditions: {C: !Condition C}", "the condition C refers to itself: C -> C"),
        ("Resources: {A: {Type: T}}\nConditions: {C: yes}", "a condition is made of Fn::Equals"),
        ("Resources: {A: {Type: T}}\nConditions: {C: !Equals [!Ref A, a]}", "can't depend on the resource A"),
    ],
)
def test_wrong_templates_are_errors(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        bound(tmp_path, text).order()
    assert message in str(caught.value)


def test_outputs_must_be_strings(tmp_path: Path) -> None:
    template = bound(tmp_path, "Resources: {A: {Type: T}}\nOutputs: {O: {Value: [a]}}")
    with pytest.raises(TemplateError, match="output O: the value must be a string"):
        template.outputs(attribute)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="can't be read: No such file"):
        load_template(tmp_path / "nowhere.yaml")


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda key: key[:2] not in {"Re", "Fn"}), inner),
)


@given(plain)
def test_values_without_functions_stay_as_they_are(written: Any) -> None:
    assert resolve(written, Scope("t", {}, {}, {}, attribute)) == written


@given(st.lists(st.text(st.characters(exclude_characters=","), min_size=1), min_size=1))
def test_split_undoes_join(words: list[str]) -> None:
    joined = {"Fn::Split": [",", {"Fn::Join": [",", words]}]}
    assert resolve(joined, Scope("t", {}, {}, {}, attribute)) == words
