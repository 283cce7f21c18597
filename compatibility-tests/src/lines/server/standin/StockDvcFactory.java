package standin;

public final class StockDvcFactory extends StockFactory {

    @Override
    public String getName() {
        return "DVC";
    }
}
