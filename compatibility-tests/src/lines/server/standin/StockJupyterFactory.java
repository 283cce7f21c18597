package standin;

public final class StockJupyterFactory extends StockFactory {

    @Override
    public String getName() {
        return "JUPYTER";
    }
}
