/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataInputTest {

    @Test
    void inputsAreReadWithTheirPlaces() {
        List<DataInput> inputs = DataInput.parse(
                "train=git@host:team/data.git#data/iris.csv@v3, images=https://a:b@host/x.git#raw/my images");
        assertEquals("train", inputs.get(0).name());
        assertEquals("git@host:team/data.git", inputs.get(0).repository());
        assertEquals("data/iris.csv", inputs.get(0).location());
        assertEquals("v3", inputs.get(0).version().get());
        assertEquals("data/train/iris.csv", inputs.get(0).path());
        assertEquals("https://a:b@host/x.git", inputs.get(1).repository());
        assertFalse(inputs.get(1).version().isPresent());
        assertEquals("data/images/my images", inputs.get(1).path());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "train",
                "train=repo",
                "1x=repo#path",
                "a b=repo#path",
                "x=repo#../path@v1",
                "x=-repo#path",
                "x=repo#path@--upload-pack=y",
                "x=repo#path@",
                "x=#path",
                "x=r#a,x=r#b",
                "x=ext::sh#a"
            })
    void whatIsNoneIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> DataInput.parse(text));
    }
}
