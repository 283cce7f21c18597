package io.github.dolphinml.openmldb.http;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;

/** Durations as the log writes them. */
final class Numbers {

    private Numbers() {}

    /** Seconds without needless digits, as in 0.3 or 20. */
    static String plain(Duration time) {
        return BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString();
    }

    /** Seconds with one digit behind the point. */
    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.1f", time.toMillis() / 1000.0);
    }
}
