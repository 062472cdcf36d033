package savepoint.restore;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.StateBackendFactory;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.util.DynamicCodeLoadingException;
import org.slf4j.LoggerFactory;

import java.io.IOException;

/** Flink's own backend, but TTL state sees Shared.clock: so a job's state depends on its options only. */
public final class ClockBackend implements StateBackend {
    /** The configuration key that names the backend: hashmap or rocksdb. */
    static final String REAL = "restore.backend";
    /** The configuration key that puts Flink's changelog around it. */
    static final String CHANGELOG = "restore.changelog";

    private final StateBackend real;

    private ClockBackend(StateBackend real) {
        this.real = real;
    }

    public static final class Factory implements StateBackendFactory<ClockBackend> {
        @Override
        public ClockBackend createFromConfig(ReadableConfig config, ClassLoader loader) throws IOException {
            Configuration c = new Configuration((Configuration) config);
            c.setString("state.backend.type", c.toMap().get(REAL));
            c.setString("state.changelog.enabled", c.toMap().get(CHANGELOG));
            try {
                return new ClockBackend(StateBackendLoader.fromApplicationOrConfigOrDefault(null, c, c, loader,
                        LoggerFactory.getLogger(ClockBackend.class)));
            } catch (DynamicCodeLoadingException e) {
                throw new IOException(e);
            }
        }
    }

    @Override
    public <K> CheckpointableKeyedStateBackend<K> createKeyedStateBackend(KeyedStateBackendParameters<K> p) throws IOException {
        KeyedStateBackendParametersImpl<K> q = new KeyedStateBackendParametersImpl<>(p);
        q.setTtlTimeProvider(() -> Shared.clock);
        try {
            return real.createKeyedStateBackend(q);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    @Override
    public OperatorStateBackend createOperatorStateBackend(OperatorStateBackendParameters p) throws Exception {
        return real.createOperatorStateBackend(p);
    }

    @Override
    public boolean useManagedMemory() {
        return false;
    }

    @Override
    public boolean supportsNoClaimRestoreMode() {
        return real.supportsNoClaimRestoreMode();
    }

    @Override
    public boolean supportsSavepointFormat(SavepointFormatType type) {
        return real.supportsSavepointFormat(type);
    }
}
