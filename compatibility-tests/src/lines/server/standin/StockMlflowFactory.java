package standin;

public final class StockMlflowFactory extends StockFactory {

    @Override
    public String getName() {
        return "MLFLOW";
    }
}
