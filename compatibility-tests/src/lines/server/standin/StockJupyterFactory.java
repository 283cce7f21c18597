/*
 * Copyright 2026 the DolphinML authors
 * SPDX-License-Identifier: Apache-2.0
 */
package standin;

public final class StockJupyterFactory extends StockFactory {

    @Override
    public String getName() {
        return "JUPYTER";
    }
}
