/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.dolphinml.common.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTest {

    @Test
    void numbersKeepTheirSpelling() {
        Report report = Report.parse(
                "{\"status\":\"success\",\"outputs\":{\"a\":1.0,\"b\":12345678901234567890123,\"c\":\"1.0\",\"d\":true}}",
                0);
        assertEquals("1.0", OutputParameters.text(report.outputs().get("a")));
        assertEquals(
                "12345678901234567890123",
                OutputParameters.text(report.outputs().get("b")));
        assertEquals("1.0", OutputParameters.text(report.outputs().get("c")));
        assertEquals("true", OutputParameters.text(report.outputs().get("d")));
    }

    @Test
    void successNeedsExitCodeZero() {
        assertEquals(
                Report.Status.FAILURE,
                Report.parse("{\"status\":\"success\"}", 3).status());
        assertEquals(Report.Status.FAILURE, Report.parse("{", 0).status());
        assertEquals(Report.Status.FAILURE, Report.parse("{}", 0).status());
        assertEquals(
                Report.Status.STOPPED,
                Report.parse("{\"status\":\"stopped\"}", 143).status());
    }

    @Test
    void whatTheProgramHasReportedIsNotReportedAgain() {
        assertFalse(Report.parse("{\"status\":\"failure\",\"error\":\"boom\"}", 1)
                .untoldError()
                .isPresent());
        assertTrue(Report.unreported(127).untoldError().get().contains("127"));
    }

    @ParameterizedTest
    @CsvSource({
        "INTEGER,5,true",
        "INTEGER,5.0,false",
        "LONG,-12345678901,true",
        "DOUBLE,1e-05,true",
        "DOUBLE,nan,false",
        "BOOLEAN,true,true",
        "BOOLEAN,1,false",
        "VARCHAR,anything,true"
    })
    void typesOfDolphinScheduler(String type, String text, boolean fits) {
        assertEquals(fits, OutputParameters.fits(type, text));
    }
}
