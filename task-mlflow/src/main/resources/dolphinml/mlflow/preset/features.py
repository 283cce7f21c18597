"""How columns become numbers. Parts of scikit-learn only: a logged model must load where our code is not."""

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

STEP = "features"


def scaled(dataset):
    """For models of distances and sums: numbers filled and scaled, a column of zeros and ones for each text."""
    return _columns(
        dataset, make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), OneHotEncoder(handle_unknown="ignore")
    )


def ordered(dataset):
    """For trees: numbers as they are, texts by their rank."""
    return _columns(dataset, "passthrough", _ranks())


def filled(dataset):
    """For several kinds of models: numbers filled, texts by their rank."""
    return _columns(dataset, SimpleImputer(strategy="median"), _ranks())


def _ranks():
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)


def _columns(dataset, numbers, texts):
    parts = [("numbers", numbers, dataset.numbers), ("texts", texts, dataset.texts)]
    return ColumnTransformer([part for part in parts if part[2]], sparse_threshold=0)


def sources(transformer):
    """The column that each number of the transformer's output stems from."""
    names = []
    for kind, part, columns in transformer.transformers_:
        if kind == "texts" and isinstance(part, OneHotEncoder):
            for column, categories in zip(columns, part.categories_):
                names += [column] * len(categories)
        elif kind != "remainder":
            names += list(columns)
    return names
